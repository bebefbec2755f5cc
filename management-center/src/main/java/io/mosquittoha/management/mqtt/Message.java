package io.mosquittoha.management.mqtt;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A message as it came or is to go. Everything in it is anybody's: topics are valid UTF-8, payloads
 * are any bytes.
 *
 * @param payload not to be changed
 * @param retain for one that came: whether it was kept by the broker, or as published, as the
 *     subscription asked
 */
public record Message(
    String topic, byte[] payload, int qos, boolean retain, Properties properties) {

  /**
   * What MQTT 5 lets a message carry beside its payload.
   *
   * @param text whether the publisher says that the payload is UTF-8
   * @param contentType or ""
   * @param responseTopic or ""
   * @param expirySeconds how long it is worth something
   * @param user any names with any values; a name may occur several times
   */
  public record Properties(
      boolean text,
      String contentType,
      String responseTopic,
      Optional<byte[]> correlation,
      OptionalLong expirySeconds,
      List<Property> user) {

    /** None at all. */
    public static final Properties NONE =
        new Properties(false, "", "", Optional.empty(), OptionalLong.empty(), List.of());

    public Properties {
      user = List.copyOf(user);
    }
  }

  /** A user property. */
  public record Property(String name, String value) {}

  /** One without properties. */
  public static Message of(String topic, byte[] payload, int qos, boolean retain) {
    return new Message(topic, payload, qos, retain, Properties.NONE);
  }
}
