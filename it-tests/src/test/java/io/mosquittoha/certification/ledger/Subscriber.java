package io.mosquittoha.certification.ledger;

import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Line;
import io.mosquittoha.certification.mqtt.Packet;
import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Granted;
import io.mosquittoha.certification.mqtt.Packet.Ping;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import io.mosquittoha.certification.mqtt.Packet.Subscribe;
import io.mosquittoha.certification.mqtt.Packet.Unsubscribe;
import io.mosquittoha.certification.mqtt.Packet.Unsubscribed;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Subscribes once in its life, and then takes what comes, however often its connection breaks or it
 * goes away.
 */
final class Subscriber extends Regular {

  private final Deque<Packet> errands = new ArrayDeque<>();
  private final Consumer<Publish> reader;
  private final Intake intake = new Intake();
  private volatile boolean ready;
  private boolean politely = true;

  /**
   * @param filter what it wants
   * @param formerly what it subscribed to and then did not want any more, so that nothing of it may
   *     come
   * @param reader gets every message that is not a repetition by the rules of QoS 2
   */
  Subscriber(
      Dial dial, String filter, String formerly, int qos, Consumer<Publish> reader, Ledger ledger) {
    super(dial.withLastingSession(), ledger);
    this.reader = reader;
    errands.add(new Subscribe(1, List.of(filter, formerly), qos));
    errands.add(new Unsubscribe(2, List.of(formerly)));
  }

  /** Whether the broker has acknowledged what it subscribed to. */
  boolean isReady() {
    return ready;
  }

  @Override
  void live(Line line) throws IOException {
    // Only once: a later connection finds the subscription, or it does not, and is to be caught.
    if (!errands.isEmpty()) {
      line.send(errands.getFirst());
    }
    var heard = System.nanoTime();
    var asked = false;
    while (isWanted()) {
      var packet = line.poll(asked ? Duration.ofMillis(50) : Duration.ofMillis(20));
      if (packet.isEmpty()) {
        var silence = System.nanoTime() - heard;
        if (silence > PATIENCE.toNanos()) {
          throw new IOException("the broker was silent for " + PATIENCE);
        }
        if (silence > IDLE.toNanos() && !asked) {
          line.send(new Ping());
          asked = true;
        }
        continue;
      }
      heard = System.nanoTime();
      asked = false;
      switch (packet.get()) {
        case Publish publish -> {
          if (intake.isNew(publish)) {
            reader.accept(publish);
          }
          var answer = intake.answer(publish);
          if (answer.isPresent()) {
            line.send(answer.get());
          }
        }
        case Acknowledgement pubrel when pubrel.step() == Step.PUBREL ->
            line.send(intake.release(pubrel));
        case Granted granted -> {
          if (granted.reasons().stream().anyMatch(reason -> reason >= 0x80)) {
            throw new IOException("the broker refused a subscription: " + granted);
          }
          next(line);
        }
        case Unsubscribed unsubscribed -> next(line);
        default -> {}
      }
    }
  }

  private void next(Line line) throws IOException {
    errands.pollFirst();
    if (errands.isEmpty()) {
      ready = true;
    } else {
      line.send(errands.getFirst());
    }
  }

  @Override
  void sessionLost() {
    intake.forget();
  }

  /** Says goodbye every other time, and just vanishes the times between. */
  @Override
  void parting(Line line) {
    if (politely) {
      line.leave();
    } else {
      line.close();
    }
    politely = !politely;
  }
}
