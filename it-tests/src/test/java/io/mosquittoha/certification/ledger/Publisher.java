package io.mosquittoha.certification.ledger;

import io.mosquittoha.certification.ledger.Outbox.Content;
import io.mosquittoha.certification.ledger.Outbox.Refusal;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Line;
import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Ping;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import java.io.IOException;
import java.time.Duration;
import java.util.function.LongFunction;

/**
 * Publishes number after number without waiting for answers, a few at a time on their way, and
 * brings each to its end over as many connections as it takes.
 */
final class Publisher extends Regular {

  /** Below what Mosquitto lets a client have on its way (20). */
  private static final int WINDOW = 10;

  private final Outbox outbox;
  private final Duration pace;
  private final Pulse pulse = new Pulse();
  private volatile boolean paused;
  private volatile boolean drained;

  /**
   * @param pace between two messages, so that all clients together are a load that two cores bear
   */
  Publisher(Dial dial, int qos, Duration pace, LongFunction<Content> contents, Ledger ledger) {
    super(dial.withLastingSession(), ledger);
    this.pace = pace;
    outbox = new Outbox(qos, WINDOW, contents, this::acknowledged);
  }

  private void acknowledged(long number) {
    ledger().acknowledged(name(), number);
    pulse.beat(connections());
  }

  Pulse pulse() {
    return pulse;
  }

  /** Is about to be hit. */
  void mark() {
    pulse.mark(connections());
  }

  /** Sends nothing new until it {@linkplain #proceed proceeds}. */
  void pause() {
    drained = false;
    paused = true;
  }

  void proceed() {
    paused = false;
  }

  /** Whether it paused, and everything that it sent is acknowledged. */
  boolean isDrained() {
    return paused && drained;
  }

  /** The number of the last message, once it is drained. */
  long last() {
    return outbox.following() - 1;
  }

  @Override
  void live(Line line) throws IOException {
    for (var packet : outbox.resume()) {
      line.send(packet);
    }
    var heard = System.nanoTime();
    var due = heard;
    var asked = false;
    while (isWanted()) {
      if (!paused && !outbox.isFull() && System.nanoTime() >= due) {
        var wasEmpty = outbox.isEmpty();
        // First into the books: it may arrive before this line goes on.
        ledger().sent(name(), outbox.following());
        line.send(outbox.next());
        if (wasEmpty) {
          heard = System.nanoTime();
        }
        due = Math.max(due + pace.toNanos(), System.nanoTime() - pace.toNanos());
      }
      drained = paused && outbox.isEmpty();
      var now = System.nanoTime();
      var wait =
          paused || outbox.isFull()
              ? Duration.ofMillis(20)
              : Duration.ofNanos(Math.clamp(due - now, 1_000_000L, 20_000_000L));
      var packet = line.poll(wait);
      if (packet.isPresent()) {
        heard = System.nanoTime();
        asked = false;
        if (packet.get() instanceof Acknowledgement answer) {
          take(answer, line);
        } else if (packet.get() instanceof Publish publish) {
          throw new IOException("a publisher got " + publish.topic());
        }
      } else if (System.nanoTime() - heard > PATIENCE.toNanos()) {
        throw new IOException("the broker was silent for " + PATIENCE);
      } else if (System.nanoTime() - heard > IDLE.toNanos() && !asked) {
        line.send(new Ping());
        asked = true;
      }
    }
  }

  private void take(Acknowledgement answer, Line line) throws IOException {
    try {
      var reply = outbox.take(answer);
      if (reply.isPresent()) {
        line.send(reply.get());
      }
    } catch (Refusal e) {
      ledger().complain("%s: %s", name(), e.getMessage());
    }
  }
}
