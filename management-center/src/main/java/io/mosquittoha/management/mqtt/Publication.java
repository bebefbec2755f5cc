package io.mosquittoha.management.mqtt;

import io.mosquittoha.management.web.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A message that somebody wants published, as it is sent to the REST interface.
 *
 * @param encoding how the payload is written: {@code text} (or empty), {@code base64} or {@code
 *     hex}
 * @param correlation text
 * @param expirySeconds 0 for never
 * @param userProperties a line each: {@code name=value}
 */
public record Publication(
    String topic,
    String payload,
    String encoding,
    int qos,
    boolean retain,
    String contentType,
    String responseTopic,
    String correlation,
    long expirySeconds,
    String userProperties) {

  /** Mosquitto's default for a whole packet is a little more. */
  private static final int LARGEST = 1 << 20;

  /**
   * The message.
   *
   * @throws Problem 400 if something of it is not valid
   */
  public Message message() {
    if (topic.isEmpty()
        || topic.chars().anyMatch(c -> c == '+' || c == '#' || c < 0x20)
        || topic.getBytes(StandardCharsets.UTF_8).length > 65_535) {
      throw new Problem(400, "topic: give a name without +, # and control characters.");
    }
    Commands.refuse(topic);
    if (qos < 0 || qos > 2) {
      throw new Problem(400, "qos: give 0, 1 or 2.");
    }
    if (expirySeconds < 0 || expirySeconds > 0xFFFF_FFFFL) {
      throw new Problem(400, "expirySeconds: give 0 to 4294967295.");
    }
    var bytes = bytes();
    if (bytes.length > LARGEST) {
      throw new Problem(400, "payload: give at most 1 MiB.");
    }
    return new Message(
        topic,
        bytes,
        qos,
        retain,
        new Message.Properties(
            false,
            contentType,
            responseTopic,
            correlation.isEmpty()
                ? Optional.empty()
                : Optional.of(correlation.getBytes(StandardCharsets.UTF_8)),
            expirySeconds == 0 ? OptionalLong.empty() : OptionalLong.of(expirySeconds),
            properties()));
  }

  private byte[] bytes() {
    try {
      return switch (encoding) {
        case "", "text" -> payload.getBytes(StandardCharsets.UTF_8);
        case "base64" -> Base64.getMimeDecoder().decode(payload);
        case "hex" -> HexFormat.of().parseHex(payload.replaceAll("\\s+", ""));
        default -> throw new Problem(400, "encoding: give text, base64 or hex.");
      };
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "payload: it is not %s.".formatted(encoding));
    }
  }

  private List<Message.Property> properties() {
    var all = new ArrayList<Message.Property>();
    for (var line : userProperties.lines().toList()) {
      if (line.isBlank()) {
        continue;
      }
      var equals = line.indexOf('=');
      if (equals < 1) {
        throw new Problem(
            400, "userProperties: '%s' is not of the form name=value.".formatted(line));
      }
      all.add(
          new Message.Property(
              line.substring(0, equals).strip(), line.substring(equals + 1).strip()));
    }
    return all;
  }
}
