package io.mosquittoha.management.web;

import io.javalin.http.Context;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A visit over HTTP. */
record Request(Server server, Context context, Visitor visitor) implements Visit {

  @Override
  public Person who() {
    return visitor.person();
  }

  @Override
  public <T> T body(Class<T> type) {
    return server.bodies().read(context, type);
  }

  @Override
  public void render(String template, Map<String, ?> parameters) {
    var all = new HashMap<String, Object>(parameters);
    all.put("page", page());
    context.html(server.pages().render(template, all));
    if (context.res().getHeader("Cache-Control") == null) {
      context.header("Cache-Control", "no-store");
    }
  }

  Page page() {
    return server.page(context, visitor);
  }

  @Override
  public void json(Object body) {
    context.header("Cache-Control", "no-store");
    context.contentType("application/json");
    context.result(server.write(body));
  }

  @Override
  public void done(String sentence) {
    if (context.header("HX-Request") == null) {
      json(Map.of("message", sentence));
      return;
    }
    // Headers are Latin-1: what is beyond goes as JSON's escapes.
    context.status(204);
    context.header("HX-Trigger", Ascii.of(server.write(Map.of("toast", sentence))));
  }

  @Override
  public void audit(String action, String target, @Nullable Object before, @Nullable Object after) {
    server.audit().write(visitor.person(), action, target, before, after);
  }
}
