package io.mosquittoha.agent.http;

/** For Prometheus. */
final class Figures implements AutoCloseable {

  private final Supervisor agent;

  Figures(Supervisor agent) {
    this.agent = agent;
  }

  byte[] text() {
    return ("mosquitto_ha_epoch " + agent.sight().map(it -> it.epoch()).orElse(0L) + "\n")
        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  @Override
  public void close() {}
}
