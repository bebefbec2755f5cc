package io.mosquittoha.certification.ledger;

import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Line;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that never gives up: when its connection breaks, it dials the same address again every
 * 50 ms, and expects to find its session.
 */
abstract class Regular implements AutoCloseable {

  private static final Duration RETRY = Duration.ofMillis(50);

  /** How long silence may last until the connection counts as broken. */
  static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Silence after which the client asks whether the broker is there. */
  static final Duration IDLE = Duration.ofSeconds(1);

  private final Dial dial;
  private final Ledger ledger;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile boolean away;
  private volatile boolean gone;
  private volatile boolean broken;
  private volatile int connections;
  private volatile String lastFailure = "none";

  Regular(Dial dial, Ledger ledger) {
    this.dial = dial.withPatience(PATIENCE);
    this.ledger = ledger;
    thread = Thread.ofPlatform().name(dial.clientId()).daemon().unstarted(this::run);
  }

  /**
   * Lives on a connection until it breaks, or until this client {@linkplain #isWanted is not
   * wanted} there.
   */
  abstract void live(Line line) throws IOException;

  final void start() {
    thread.start();
  }

  final String name() {
    return dial.clientId();
  }

  final Dial dial() {
    return dial;
  }

  final Ledger ledger() {
    return ledger;
  }

  /** How many connections there were so far. */
  final int connections() {
    return connections;
  }

  /** For people, when something took too long. */
  final String lastFailure() {
    return lastFailure;
  }

  /** Whether it should be connected. */
  final boolean isWanted() {
    return !stopped && !away;
  }

  /** Goes away until it is called back. */
  final void leave() {
    away = true;
  }

  final void comeBack() {
    away = false;
  }

  /** Whether it is away, and its connection closed. */
  final boolean isGone() {
    return gone;
  }

  /** Whether it gave up after all, because of a fault in itself. */
  final boolean isBroken() {
    return broken;
  }

  private void run() {
    var known = false;
    while (!stopped) {
      if (away) {
        gone = true;
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        continue;
      }
      gone = false;
      try (var line = Line.open(dial)) {
        if (known && !dial.cleanStart() && !line.sessionPresent()) {
          ledger.complain("%s found no session at connection %d", name(), connections + 1);
          sessionLost();
        }
        known = true;
        connections++;
        live(line);
        parting(line);
      } catch (IOException e) {
        lastFailure = e.toString();
        disconnected();
        if (e instanceof Line.Refused refused && refused.isOfLogin()) {
          ledger.complain("%s was refused: %s", name(), e.getMessage());
        }
        LockSupport.parkNanos(RETRY.toNanos());
      } catch (RuntimeException e) {
        broken = true;
        ledger.complain("%s met a fault of its own: %s", name(), e);
        return;
      }
    }
  }

  /** The connection broke, or none came about. */
  void disconnected() {}

  /** The session began anew. */
  void sessionLost() {}

  /** Leaves a connection that is not wanted any more. */
  void parting(Line line) {
    line.leave();
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
