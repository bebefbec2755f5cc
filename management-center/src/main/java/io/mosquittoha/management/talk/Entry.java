package io.mosquittoha.management.talk;

import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Payload;
import java.time.Instant;
import java.util.List;

/**
 * A line of a conversation: a message, or what happened.
 *
 * @param kind what it is
 * @param words what happened, in a sentence; "" for a message that came
 * @param topic "" if it is no message
 */
public record Entry(
    long number,
    Instant at,
    Kind kind,
    String words,
    String topic,
    Payload payload,
    int qos,
    boolean retained,
    List<Message.Property> properties) {

  /** What a line is about. */
  public enum Kind {
    CAME,
    SENT,
    GOOD,
    BAD
  }

  /** For templates. */
  public boolean message() {
    return !topic.isEmpty();
  }

  /** For templates: a badge's kind. */
  public String badge() {
    return switch (kind) {
      case CAME -> "info";
      case SENT -> "idle";
      case GOOD -> "ok";
      case BAD -> "bad";
    };
  }

  /** For templates: the badge's text. */
  public String label() {
    return switch (kind) {
      case CAME -> "received";
      case SENT -> "sent";
      case GOOD -> "done";
      case BAD -> "refused";
    };
  }
}
