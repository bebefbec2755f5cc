package io.mosquittoha.certification.ledger;

import io.mosquittoha.certification.mqtt.Packet;
import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * The sending half of a session: which messages are on their way, how far each is, and in which
 * order they have to be sent again on the next connection. It does what MQTT asks for and nothing
 * more, so that the blame for what goes missing is never its own.
 */
final class Outbox {

  /** What the message with some number says. */
  record Content(String topic, byte[] payload, boolean retain) {}

  private record Open(long number, Publish publish, boolean received) {}

  private final int qos;
  private final int window;
  private final LongFunction<Content> contents;
  private final LongConsumer acknowledged;
  private final LinkedHashMap<Integer, Open> open = new LinkedHashMap<>();
  private long lastNumber;
  private int lastId;

  /**
   * @param window how many messages may be on their way at once
   * @param acknowledged is told each number when the broker has taken it for good
   */
  Outbox(int qos, int window, LongFunction<Content> contents, LongConsumer acknowledged) {
    if (qos != 1 && qos != 2) {
      throw new IllegalArgumentException("only QoS 1 and 2 are acknowledged, not " + qos);
    }
    this.qos = qos;
    this.window = window;
    this.contents = contents;
    this.acknowledged = acknowledged;
  }

  boolean isFull() {
    return open.size() >= window;
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** The number that {@link #next()} sends next. */
  long following() {
    return lastNumber + 1;
  }

  /** The next message, for the first time. */
  Publish next() {
    if (isFull()) {
      throw new IllegalStateException("the window of %d messages is full".formatted(window));
    }
    var content = contents.apply(++lastNumber);
    do {
      lastId = lastId % 0xffff + 1;
    } while (open.containsKey(lastId));
    var publish =
        new Publish(content.topic(), content.payload(), qos, false, content.retain(), lastId);
    open.put(lastId, new Open(lastNumber, publish, false));
    return publish;
  }

  /** What a new connection has to begin with, in the order in which it was sent before. */
  List<Packet> resume() {
    var packets = new ArrayList<Packet>();
    open.forEach((id, message) ->
        packets.add(
            message.received() ? new Acknowledgement(Step.PUBREL, id) : message.publish().again()));
    return packets;
  }

  /**
   * Takes an answer of the broker.
   *
   * @return what is to be sent for it
   * @throws Refusal if the broker did not want the message
   */
  Optional<Packet> take(Acknowledgement answer) throws Refusal {
    var message = open.get(answer.id());
    if (message == null) {
      // Of a message that is done: a broker may repeat a PUBREC on a new connection.
      return answer.step() == Step.PUBREC
          ? Optional.of(new Acknowledgement(Step.PUBREL, answer.id()))
          : Optional.empty();
    }
    if (answer.isRefusal() && answer.step() != Step.PUBCOMP) {
      open.remove(answer.id());
      throw new Refusal(message.number(), answer);
    }
    return switch (answer.step()) {
      case PUBACK -> {
        if (qos == 1) {
          done(answer.id(), message);
        }
        yield Optional.empty();
      }
      case PUBREC -> {
        // Stays in its place: PUBRELs go in the order of the messages.
        open.replace(answer.id(), new Open(message.number(), message.publish(), true));
        yield Optional.of(new Acknowledgement(Step.PUBREL, answer.id()));
      }
      case PUBCOMP -> {
        if (message.received()) {
          done(answer.id(), message);
        }
        yield Optional.empty();
      }
      case PUBREL -> Optional.empty();
    };
  }

  private void done(int id, Open message) {
    open.remove(id);
    acknowledged.accept(message.number());
  }

  /** The broker said that it did not take a message. */
  static final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    Refusal(long number, Acknowledgement answer) {
      super("message %d was refused with code 0x%02x".formatted(number, answer.reason()));
    }
  }
}
