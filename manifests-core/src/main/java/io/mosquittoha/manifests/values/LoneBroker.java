package io.mosquittoha.manifests.values;

/** The one broker that there is; its agent keeps its state on the volume. */
public record LoneBroker(
    @Inline Broker broker, @Value("Lines of `mosquitto.conf`") MosquittoSettings settings) {

  public static LoneBroker defaults() {
    return new LoneBroker(Broker.withAgent(), MosquittoSettings.defaults());
  }
}
