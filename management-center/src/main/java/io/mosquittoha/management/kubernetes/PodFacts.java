package io.mosquittoha.management.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A broker's pod, as Kubernetes tells it.
 *
 * @param phase like {@code Running}, or why it waits, like {@code ImagePullBackOff}
 * @param node where it runs; "" if nowhere yet
 * @param restarts of its container
 * @param lastEnd why the container ended the last time, like {@code OOMKilled (exit code 137)}; or
 *     ""
 * @param requests like {@code cpu 100m, memory 128Mi}; or ""
 * @param ending whether it is being ended
 */
public record PodFacts(
    String name,
    String phase,
    boolean ready,
    boolean ending,
    String node,
    String address,
    Optional<Instant> started,
    int restarts,
    String lastEnd,
    String image,
    String requests,
    String limits,
    List<Port> ports) {

  /** A port of the container. */
  public record Port(String name, int number) {}

  /**
   * @param pod as the API has it; what is not there yet is not known yet
   * @param name the container's whose facts these are
   */
  static PodFacts read(JsonNode pod, String name) {
    var spec = pod.path("spec");
    var status = named(pod.path("status").path("containerStatuses"), name);
    var container = named(spec.path("containers"), name);
    var ending = pod.path("metadata").hasNonNull("deletionTimestamp");
    var last = status.path("lastState").path("terminated");
    var resources = container.path("resources");
    return new PodFacts(
        text(pod.path("metadata"), "name"),
        ending ? "Terminating" : phase(pod, status),
        status.path("ready").asBoolean(),
        ending,
        text(spec, "nodeName"),
        text(pod.path("status"), "podIP"),
        Optional.of(text(status.path("state").path("running"), "startedAt"))
            .filter(it -> !it.isEmpty())
            .map(Instant::parse),
        status.path("restartCount").asInt(),
        last.isObject()
            ? "%s (exit code %d)".formatted(text(last, "reason"), last.path("exitCode").asInt())
            : "",
        text(container, "image"),
        amounts(resources.path("requests")),
        amounts(resources.path("limits")),
        container
            .path("ports")
            .valueStream()
            .map(it -> new Port(text(it, "name"), it.path("containerPort").asInt()))
            .toList());
  }

  private static JsonNode named(JsonNode all, String name) {
    return all.valueStream()
        .filter(it -> text(it, "name").equals(name))
        .findFirst()
        .orElseGet(MissingNode::getInstance);
  }

  private static String phase(JsonNode pod, JsonNode status) {
    var state = status.path("state");
    return Stream.of(
            text(state.path("waiting"), "reason"),
            text(state.path("terminated"), "reason"),
            text(pod.path("status"), "phase"))
        .filter(it -> !it.isEmpty())
        .findFirst()
        .orElse("");
  }

  private static String amounts(JsonNode amounts) {
    return amounts
        .propertyStream()
        .sorted(Map.Entry.comparingByKey())
        .map(it -> it.getKey() + " " + it.getValue().asText())
        .collect(Collectors.joining(", "));
  }

  private static String text(JsonNode node, String name) {
    return node.path(name).asText("");
  }
}
