package io.mosquittoha.bench.mqtt;

import org.jspecify.annotations.Nullable;

/** A broker did not do what MQTT says, or could not be reached. */
public final class MqttFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MqttFailure(String message) {
    this(message, null);
  }

  public MqttFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
