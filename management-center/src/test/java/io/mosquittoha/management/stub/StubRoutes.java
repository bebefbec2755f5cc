package io.mosquittoha.management.stub;

import io.javalin.http.HandlerType;
import io.mosquittoha.management.web.Reply;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A room's routes without a server: what it would do is called directly. */
public final class StubRoutes implements Routes {

  private record Known(Role least, Handler handler) {}

  private final Map<String, Known> routes = new HashMap<>();

  public StubRoutes(Room room) {
    room.open(this);
  }

  @Override
  public void page(String path, Role least, Handler handler) {
    routes.put("GET " + path, new Known(least, handler));
  }

  @Override
  public void api(
      HandlerType method,
      String path,
      Role least,
      String summary,
      Optional<Class<?>> body,
      Optional<Reply> reply,
      Handler handler) {
    routes.put(method.name() + " " + path, new Known(least, handler));
  }

  @Override
  public void stream(String path, Role least, String summary, StreamHandler handler) {}

  /** The least role that may use it. */
  public Role least(String route) {
    return known(route).least();
  }

  public StubVisit call(String route, StubVisit visit) throws Exception {
    known(route).handler().handle(visit);
    return visit;
  }

  private Known known(String route) {
    var known = routes.get(route);
    if (known == null) {
      throw new AssertionError("there is no route %s, but %s".formatted(route, routes.keySet()));
    }
    return known;
  }
}
