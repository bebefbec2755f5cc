package io.mosquittoha.certification.mqtt;

import java.nio.charset.StandardCharsets;

/** A message as it arrived. */
public record Message(String topic, byte[] payload, int qos, boolean retained) {

  public String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "%s (%d bytes, QoS %d%s)"
        .formatted(topic, payload.length, qos, retained ? ", retained" : "");
  }
}
