package io.mosquittoha.manifests.values;

/** What clients may speak. */
public record Listeners(
    @Value("MQTT over TCP, and over TLS where `tls.enabled`") Listener mqtt,
    @Value("MQTT over WebSockets, for browsers") Listener websockets) {

  /** A listener is there or not; ports are the Service's business. */
  public record Listener(@Value("Open the listener") boolean enabled) {}

  static Listeners defaults() {
    return new Listeners(new Listener(true), new Listener(false));
  }
}
