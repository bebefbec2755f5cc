package io.mosquittoha.certification.mqtt;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Everything a connection received, in order. */
public final class Inbox {

  private final List<Message> messages = new CopyOnWriteArrayList<>();

  void add(Message message) {
    messages.add(message);
  }

  public List<Message> messages() {
    return List.copyOf(messages);
  }

  /** Forgets what came so far. */
  public void clear() {
    messages.clear();
  }

  public boolean holds(Predicate<Message> wanted) {
    return messages.stream().anyMatch(wanted);
  }

  /** Waits for the first message that is wanted. */
  public Message expect(String what, Predicate<Message> wanted) {
    await(what)
        .pollInterval(Duration.ofMillis(2))
        .atMost(Duration.ofSeconds(20))
        .until(() -> holds(wanted));
    return messages.stream().filter(wanted).findFirst().orElseThrow();
  }

  /** Waits for a message with this text. */
  public Message expect(String text) {
    return expect("the message \"" + text + "\"", message -> message.text().equals(text));
  }
}
