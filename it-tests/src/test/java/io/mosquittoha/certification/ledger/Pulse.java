package io.mosquittoha.certification.ledger;

import java.time.Duration;
import java.util.Optional;

/** When a client was acknowledged, as far as it takes to know how long it was not. */
final class Pulse {

  private long last = System.nanoTime();
  private int marked;
  private long lastBefore;
  private long longest;
  private Optional<Duration> outage = Optional.empty();
  private long beats;

  /** The broker acknowledged something on this connection, counted from 1. */
  synchronized void beat(int connection) {
    var now = System.nanoTime();
    longest = Math.max(longest, now - last);
    if (outage.isEmpty()) {
      if (connection > marked) {
        outage = Optional.of(Duration.ofNanos(now - lastBefore));
      } else {
        lastBefore = now;
      }
    }
    last = now;
    beats++;
  }

  /** Something is about to break the connection with this number. */
  synchronized void mark(int connection) {
    marked = connection;
    lastBefore = last;
    longest = 0;
    outage = Optional.empty();
  }

  /**
   * From the last acknowledgement on the marked connection to the first one on a later connection.
   */
  synchronized Optional<Duration> outage() {
    return outage;
  }

  /** The longest time between two acknowledgements since the mark. */
  synchronized Duration longest() {
    return Duration.ofNanos(longest);
  }

  synchronized long beats() {
    return beats;
  }

  /** {@link System#nanoTime()} of the last acknowledgement. */
  synchronized long last() {
    return last;
  }
}
