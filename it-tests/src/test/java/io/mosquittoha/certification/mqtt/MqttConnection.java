package io.mosquittoha.certification.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * A connected client. Calls return when the broker has acknowledged, and throw {@link MqttFailure}
 * otherwise.
 */
public sealed interface MqttConnection extends AutoCloseable permits PahoV3, PahoV5 {

  String clientId();

  boolean isConnected();

  /** Whether the broker still had this client's session. */
  boolean sessionPresent();

  /** The largest packet that the broker said it takes (MQTT 5). */
  OptionalLong maximumPacketSize();

  void publish(String topic, byte[] payload, int qos, boolean retained);

  default void publish(String topic, String text, int qos) {
    publish(topic, text.getBytes(StandardCharsets.UTF_8), qos, false);
  }

  void subscribe(String filter, int qos);

  Inbox inbox();

  /** Breaks the connection as a power cut would: no DISCONNECT is sent. */
  void vanish();

  /** Says goodbye if still connected, and frees everything. Never throws. */
  @Override
  void close();
}
