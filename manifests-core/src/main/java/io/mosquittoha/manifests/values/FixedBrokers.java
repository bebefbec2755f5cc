package io.mosquittoha.manifests.values;

/** As many brokers as the operator says. */
public record FixedBrokers(
    @Value(
            value = "Brokers: one serves, the others stand by",
            minimum = FixedBrokers.FEWEST,
            maximum = FixedBrokers.MOST)
        int replicas,
    @Inline Broker broker,
    @Inline Placement placement) {

  static final int FEWEST = 2;
  static final int MOST = 9;

  public static FixedBrokers defaults() {
    return new FixedBrokers(3, Broker.defaults(), Placement.defaults());
  }
}
