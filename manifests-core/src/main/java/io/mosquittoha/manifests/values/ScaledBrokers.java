package io.mosquittoha.manifests.values;

/** As many brokers as the autoscaler finds necessary. */
public record ScaledBrokers(
    @Inline Broker broker,
    @Value("Lines of `mosquitto.conf`") SavedSettings settings,
    @Inline Placement placement) {

  public static ScaledBrokers defaults() {
    return new ScaledBrokers(Broker.alone(), SavedSettings.defaults(), Placement.defaults());
  }
}
