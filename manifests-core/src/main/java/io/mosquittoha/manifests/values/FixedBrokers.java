package io.mosquittoha.manifests.values;

/** As many brokers as the operator says. */
public record FixedBrokers(
    @Value(
            value = "Brokers: one serves, the others follow it and are ready to take over",
            minimum = FixedBrokers.FEWEST,
            maximum = FixedBrokers.MOST)
        int replicas,
    @Inline Broker broker,
    @Value("Lines of `mosquitto.conf`") MosquittoSettings settings,
    @Inline Placement placement) {

  static final int FEWEST = 2;
  static final int MOST = 9;

  public static FixedBrokers defaults() {
    return new FixedBrokers(
        3, Broker.withAgent(), MosquittoSettings.defaults(), Placement.defaults());
  }

  /** As many as this, otherwise the same. */
  public FixedBrokers of(int count) {
    return new FixedBrokers(count, broker, settings, placement);
  }
}
