package io.mosquittoha.agent.gate;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * What an operator can say about the gate.
 *
 * @param address where it listens; the wildcard is all addresses
 * @param ports the ports that clients come to
 * @param holdTime how long an attempt is held while nobody leads
 * @param holdConnections how many attempts are held at a time; more are closed at once
 * @param connections how many connections may be open in all; more are closed at once
 * @param heldBytesTotal the memory for bytes that cannot be sent yet, of all connections. The more
 *     of it is in use, the less each connection gets, so that a few cannot take it all
 * @param loops how many threads
 */
public record GateSettings(
    InetAddress address,
    List<Port> ports,
    Duration holdTime,
    int holdConnections,
    int connections,
    long heldBytesTotal,
    int loops) {

  private static final long LEAST_BYTES = 1 << 20;

  public GateSettings {
    ports = List.copyOf(ports);
    require(!ports.isEmpty(), "gates: no port is named; write for example 1883=/tmp/1883.sock");
    require(
        !holdTime.isNegative() && holdTime.compareTo(Duration.ofMinutes(10)) <= 0,
        "holdTime: %s is not between 0s and 10 minutes".formatted(holdTime));
    require(holdConnections >= 0, "holdConnections: %d is negative".formatted(holdConnections));
    require(
        connections >= 1,
        "gateConnections: %d lets nobody in; give at least 1".formatted(connections));
    require(
        heldBytesTotal >= LEAST_BYTES,
        "heldBytesTotal: %d is too small; give at least 1 MiB".formatted(heldBytesTotal));
    require(loops >= 1 && loops <= 16, "loops: %d is not between 1 and 16".formatted(loops));
  }

  /** What holds unless somebody says something else. */
  public static GateSettings of(List<Port> ports) {
    return new GateSettings(
        new InetSocketAddress(0).getAddress(),
        ports,
        Duration.ofSeconds(2),
        1_000,
        20_000,
        64L << 20,
        // A second one takes from the broker's only thread, unless that has a processor of its own.
        Runtime.getRuntime().availableProcessors() > 2 ? 2 : 1);
  }

  public GateSettings withAddress(InetAddress other) {
    return new GateSettings(
        other, ports, holdTime, holdConnections, connections, heldBytesTotal, loops);
  }

  public GateSettings withHold(Duration time, int attempts) {
    return new GateSettings(address, ports, time, attempts, connections, heldBytesTotal, loops);
  }

  public GateSettings withConnections(int most) {
    return new GateSettings(address, ports, holdTime, holdConnections, most, heldBytesTotal, loops);
  }

  public GateSettings withHeldBytesTotal(long bytes) {
    return new GateSettings(address, ports, holdTime, holdConnections, connections, bytes, loops);
  }

  public GateSettings withLoops(int threads) {
    return new GateSettings(
        address, ports, holdTime, holdConnections, connections, heldBytesTotal, threads);
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
