package io.mosquittoha.management.web;

import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** All routes of all rooms. */
final class RouteTable implements Routes {

  private final List<Route> routes = new ArrayList<>();
  private final Set<String> taken = new HashSet<>();

  @Override
  public void page(String path, Role least, Handler handler) {
    if (path.startsWith("/api/")) {
      throw new IllegalArgumentException(path + " is no path of a page");
    }
    add(
        new Route(
            Route.Kind.PAGE,
            HandlerType.GET,
            path,
            least,
            "",
            Optional.empty(),
            Optional.empty(),
            List.of(),
            new Route.Once(handler)));
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
    if (!path.startsWith("/api/v1/")) {
      throw new IllegalArgumentException(path + " does not begin with /api/v1/");
    }
    add(
        new Route(
            Route.Kind.API,
            method,
            path,
            least,
            summary,
            body,
            reply,
            List.of(),
            new Route.Once(handler)));
  }

  @Override
  public void stream(String path, Role least, String summary, StreamHandler handler) {
    add(
        new Route(
            Route.Kind.STREAM,
            HandlerType.GET,
            path,
            least,
            summary,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            new Route.Streamed(handler)));
  }

  private void add(Route asked) {
    var parts = asked.path().split("[?]", 2);
    var route =
        new Route(
            asked.kind(),
            asked.method(),
            parts[0],
            asked.least(),
            asked.summary(),
            asked.body(),
            asked.reply(),
            parts.length == 1 ? List.of() : List.of(parts[1].split("&")),
            asked.answer());
    if (!taken.add(route.method().name() + route.path().replaceAll("[{<][^}>]+[}>]", "{}"))) {
      throw new IllegalArgumentException(
          "%s %s is there twice".formatted(route.method().name(), route.path()));
    }
    routes.add(route);
  }

  /** In the order in which they are tried. */
  List<Route> all() {
    return routes.stream().sorted(Route.MOST_PARTICULAR_FIRST).toList();
  }
}
