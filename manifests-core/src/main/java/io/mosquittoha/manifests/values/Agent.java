package io.mosquittoha.manifests.values;

/** The process that supervises a broker, keeps its state and lets clients in. */
public record Agent(
    @Value(
            value =
                "Most memory of the Java heap, which holds the agent's copy of the state and the"
                    + " latest changes",
            pattern = "^[1-9][0-9]*[mg]$",
            example = "512m")
        String heap,
    @Value(
            "When a change counts as kept: `disk` once it is on the volume (survives the loss of"
                + " all brokers at once), `memory` once it has been received")
        Durability durability,
    @Value(
            value = "Most state of one broker; when it is full, what would add to it is refused",
            pattern = Patterns.BYTES,
            example = "256MiB")
        String stateLimit,
    @Value(
            value =
                "Latest changes that are kept for followers that were away for a moment, at most",
            pattern = Patterns.BYTES,
            example = "64MiB")
        String logLimit,
    @Value(
            value = "Time between two pings of the broker, over MQTT",
            pattern = Patterns.TIME,
            example = "200ms")
        String brokerPing,
    @Value(
            value = "Silence of the broker after which it counts as hung and is replaced",
            pattern = Patterns.TIME,
            example = "800ms")
        String brokerHangAfter,
    @Value(
            value =
                "Time in which a client may come back after a failover before its will is"
                    + " published",
            pattern = Patterns.TIME,
            example = "10s")
        String willGrace,
    @Value(
            value = "How long a connection may wait while no broker serves",
            pattern = Patterns.TIME,
            example = "2s")
        String holdTime,
    @Value(
            value = "Connections that may wait while no broker serves",
            minimum = 0,
            maximum = 100000)
        int holdConnections,
    @Value(value = "Connections of clients to one broker", minimum = 10, maximum = 1000000)
        int gateConnections,
    @Value("What may change something over the agent's HTTP interface") Api api) {

  /** When a change is kept. */
  public enum Durability implements Choice {
    DISK,
    MEMORY;

    @Override
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Who may do more than read. */
  public record Api(
      @Value(
              value =
                  "Secret with the key `token`; empty: the chart makes one and keeps it over"
                      + " upgrades",
              pattern = Patterns.NAME,
              example = "mqtt-agents-token")
          String existingSecret) {}

  public static Agent defaults() {
    return new Agent(
        "640m",
        Durability.DISK,
        "256MiB",
        "64MiB",
        "200ms",
        "800ms",
        "10s",
        "2s",
        1000,
        20_000,
        new Api(""));
  }
}
