package io.mosquittoha.bench.mqtt;

import org.jspecify.annotations.Nullable;

/**
 * Who connects, and how.
 *
 * @param persistent whether the session outlives the connection
 * @param version 4 for MQTT 3.1.1, 5 for MQTT 5
 * @param keepAlive in seconds
 */
public record Identity(
    String clientId, boolean persistent, int version, int keepAlive, Credentials credentials) {
  /** What a broker that lets nobody in unknown is told. */
  public record Credentials(@Nullable String username, @Nullable String password) {
    public static final Credentials NONE = new Credentials(null, null);
  }

  public Identity persistent(boolean persistent) {
    return new Identity(clientId, persistent, version, keepAlive, credentials);
  }
}
