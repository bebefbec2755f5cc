package io.mosquittoha.management.kubernetes;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

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
}
