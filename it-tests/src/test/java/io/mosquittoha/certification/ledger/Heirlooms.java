package io.mosquittoha.certification.ledger;

import io.mosquittoha.certification.ledger.Outbox.Content;
import io.mosquittoha.certification.mqtt.Conversation;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Retained messages on a few topics: each in turn gets another value, and now and then none. */
record Heirlooms(String topic) {

  private static final int TOPICS = 8;
  private static final byte[] NOTHING = {};

  /** The retained message with a number. */
  Content content(long number) {
    return new Content(topicOf(number), value(number), true);
  }

  private String topicOf(long number) {
    return "%s/%d".formatted(topic, number % TOPICS);
  }

  private static byte[] value(long number) {
    // Each topic is cleared at its fifth turn, and topics take turns in that as well.
    return (number / TOPICS + number % TOPICS) % 5 == 4
        ? NOTHING
        : Long.toString(number).getBytes(StandardCharsets.UTF_8);
  }

  /** What has to be retained when the numbers up to this one were sent, and no more. */
  Map<String, String> after(long last) {
    var retained = new TreeMap<String, String>();
    for (var number = Math.max(1, last - TOPICS + 1); number <= last; number++) {
      var value = new String(value(number), StandardCharsets.UTF_8);
      if (!value.isEmpty()) {
        retained.put(topicOf(number), value);
      }
    }
    return retained;
  }

  /** Compares with what a new subscriber gets. */
  void judge(long last, Dial dial, Ledger ledger) {
    try (var talk = Conversation.with(dial.withFreshId())) {
      var end = topic + "-end/" + dial.clientId();
      talk.subscribe(end, 1);
      talk.subscribe(topic + "/#", 1);
      // What is retained comes before what is published after the subscription.
      talk.publish(end, "end");
      talk.await("the last message", message -> message.topic().equals(end));
      var found =
          talk.received().stream()
              .filter(Message::retained)
              .collect(
                  Collectors.toMap(
                      Message::topic, Message::text, (one, other) -> other, TreeMap::new));
      if (!found.equals(after(last))) {
        ledger.complain("retained should be %s, and is %s", after(last), found);
      }
      talk.leave();
    } catch (IOException e) {
      ledger.complain("retained messages could not be read: %s", e);
    }
  }
}
