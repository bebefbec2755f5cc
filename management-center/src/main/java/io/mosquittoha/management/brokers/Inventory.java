package io.mosquittoha.management.brokers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.mosquittoha.management.mqtt.Control;
import io.mosquittoha.management.mqtt.Control.ControlException;
import io.mosquittoha.management.web.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a broker has loaded and listens on, as it tells itself. One that does not answer ({@code
 * enable_control_api} is not set, or the account may not) is left alone for a while: a question
 * without an answer takes seconds.
 */
public final class Inventory {

  private static final Duration REST = Duration.ofMinutes(2);

  /** What a broker told. */
  public record Told(List<Listener> listeners, List<Plugin> plugins, String trouble) {}

  /** Where it listens. */
  public record Listener(int port, String protocol, String bind, boolean tls) {}

  /** What it has loaded. */
  public record Plugin(String name, String version, List<String> endpoints) {}

  private record Failure(long nanos, String why) {}

  private final Control control;
  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  Inventory(Control control) {
    this.control = control;
  }

  Told of(String broker) {
    var failure = failures.get(broker);
    if (failure != null && System.nanoTime() - failure.nanos() < REST.toNanos()) {
      return new Told(List.of(), List.of(), failure.why());
    }
    try {
      var listeners = ask(broker, "listListeners").path("listeners");
      var plugins = ask(broker, "listPlugins").path("plugins");
      failures.remove(broker);
      return new Told(listeners(listeners), plugins(plugins), "");
    } catch (ControlException | Problem e) {
      var why = String.valueOf(e.getMessage());
      failures.put(broker, new Failure(System.nanoTime(), why));
      return new Told(List.of(), List.of(), why);
    }
  }

  private JsonNode ask(String broker, String command) {
    return control.broker(broker, JsonNodeFactory.instance.objectNode().put("command", command));
  }

  private static List<Listener> listeners(JsonNode told) {
    var listeners = new ArrayList<Listener>();
    for (var one : told) {
      listeners.add(
          new Listener(
              one.path("port").asInt(),
              one.path("protocol").asText("mqtt"),
              one.path("bind-address").asText(one.path("socket-path").asText("")),
              one.path("tls").asBoolean()));
    }
    return List.copyOf(listeners);
  }

  private static List<Plugin> plugins(JsonNode told) {
    var plugins = new ArrayList<Plugin>();
    for (var one : told) {
      var endpoints = new ArrayList<String>();
      one.path("control-endpoints").forEach(it -> endpoints.add(it.asText()));
      plugins.add(
          new Plugin(
              one.path("name").asText(), one.path("version").asText(), List.copyOf(endpoints)));
    }
    return List.copyOf(plugins);
  }
}
