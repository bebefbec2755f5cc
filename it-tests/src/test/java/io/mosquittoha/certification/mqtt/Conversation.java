package io.mosquittoha.certification.mqtt;

import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Granted;
import io.mosquittoha.certification.mqtt.Packet.Ping;
import io.mosquittoha.certification.mqtt.Packet.Pong;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import io.mosquittoha.certification.mqtt.Packet.Subscribe;
import io.mosquittoha.certification.mqtt.Packet.Unsubscribe;
import io.mosquittoha.certification.mqtt.Packet.Unsubscribed;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A {@link Line} used in turns: one request, then its answer. Messages that come in between are
 * taken and acknowledged.
 */
public final class Conversation implements AutoCloseable {

  private final Line line;
  private final Duration patience;
  private final List<Message> received = new ArrayList<>();
  private int lastId;

  public Conversation(Line line, Duration patience) {
    this.line = line;
    this.patience = patience;
  }

  /** Connects. */
  public static Conversation with(Dial dial) throws IOException {
    return new Conversation(Line.open(dial), dial.patience());
  }

  public boolean sessionPresent() {
    return line.sessionPresent();
  }

  public void subscribe(String filter, int qos) throws IOException {
    line.send(new Subscribe(nextId(), List.of(filter), qos));
    var answer = answer("SUBACK", packet -> packet instanceof Granted);
    if (answer instanceof Granted granted
        && granted.reasons().stream().anyMatch(reason -> reason >= 0x80)) {
      throw new IOException("the broker refused the subscription to " + filter);
    }
  }

  public void unsubscribe(String filter) throws IOException {
    line.send(new Unsubscribe(nextId(), List.of(filter)));
    answer("UNSUBACK", packet -> packet instanceof Unsubscribed);
  }

  /** Publishes with QoS 1, and returns when the broker has acknowledged. */
  public void publish(String topic, String text) throws IOException {
    publish(topic, text, false);
  }

  public void publish(String topic, String text, boolean retain) throws IOException {
    var id = nextId();
    line.send(new Publish(topic, text.getBytes(StandardCharsets.UTF_8), 1, false, retain, id));
    var answer = answer("PUBACK", Conversation::isPuback);
    if (!(answer instanceof Acknowledgement puback) || puback.id() != id || puback.isRefusal()) {
      throw new IOException("the broker answered message %d with %s".formatted(id, answer));
    }
  }

  private static boolean isPuback(Packet packet) {
    return packet instanceof Acknowledgement answer && answer.step() == Step.PUBACK;
  }

  /** Waits for a message, which may have come already. */
  public Message await(String what, Predicate<Message> wanted) throws IOException {
    var deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      var found = received.stream().filter(wanted).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      take(until(deadline, what));
    }
  }

  /** What came so far. */
  public List<Message> received() {
    return List.copyOf(received);
  }

  /** How many messages came so far. */
  public int count() {
    return received.size();
  }

  /** Forgets what came so far. */
  public void forget() {
    received.clear();
  }

  private int nextId() {
    lastId = lastId % 0xffff + 1;
    return lastId;
  }

  private Packet answer(String what, Predicate<Packet> wanted) throws IOException {
    var deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      var packet = until(deadline, what);
      if (wanted.test(packet)) {
        return packet;
      }
      take(packet);
    }
  }

  private Packet until(long deadline, String what) throws IOException {
    var left = Duration.ofNanos(deadline - System.nanoTime());
    var packet = left.isPositive() ? line.poll(left) : Optional.<Packet>empty();
    return packet.orElseThrow(
        () -> new SocketTimeoutException("%s did not come within %s".formatted(what, patience)));
  }

  private void take(Packet packet) throws IOException {
    switch (packet) {
      case Publish publish -> {
        received.add(
            new Message(publish.topic(), publish.payload(), publish.qos(), publish.retain()));
        if (publish.qos() > 0) {
          line.send(
              new Acknowledgement(publish.qos() == 1 ? Step.PUBACK : Step.PUBREC, publish.id()));
        }
      }
      case Acknowledgement answer when answer.step() == Step.PUBREL ->
          line.send(new Acknowledgement(Step.PUBCOMP, answer.id()));
      case Pong pong -> {}
      default -> throw new IOException("the broker sent an unexpected " + packet);
    }
  }

  /** Shows the broker that this client is there, and that it is. */
  public void ping() throws IOException {
    line.send(new Ping());
    answer("PINGRESP", packet -> packet instanceof Pong);
  }

  /** Says goodbye. */
  public void leave() {
    line.leave();
  }

  /** Breaks the connection as a power cut would. */
  @Override
  public void close() {
    line.close();
  }
}
