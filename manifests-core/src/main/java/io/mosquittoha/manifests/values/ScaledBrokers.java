package io.mosquittoha.manifests.values;

/** As many brokers as the autoscaler finds necessary. */
public record ScaledBrokers(@Inline Broker broker, @Inline Placement placement) {

  public static ScaledBrokers defaults() {
    return new ScaledBrokers(Broker.defaults(), Placement.defaults());
  }
}
