package io.mosquittoha.certification.ledger;

import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Line;
import io.mosquittoha.certification.mqtt.Packet.Ping;
import java.io.IOException;
import java.time.Duration;

/** A client with a will, which does nothing but live. */
final class Mortal extends Regular {

  private volatile boolean connected;
  private volatile boolean politely = true;

  Mortal(Dial dial, Ledger ledger) {
    super(dial, ledger);
  }

  boolean isConnected() {
    return connected;
  }

  /** Vanishes for good: its will is to be published. */
  void die() {
    politely = false;
    leave();
  }

  @Override
  void live(Line line) throws IOException {
    var asked = System.nanoTime();
    var heard = asked;
    line.send(new Ping());
    try {
      while (isWanted()) {
        var now = System.nanoTime();
        if (line.poll(Duration.ofMillis(20)).isPresent()) {
          connected = true;
          heard = now;
        } else if (now - heard > PATIENCE.toNanos()) {
          throw new IOException("the broker was silent for " + PATIENCE);
        } else if (now - asked > IDLE.toNanos()) {
          line.send(new Ping());
          asked = now;
        }
      }
    } finally {
      connected = false;
    }
  }

  @Override
  void parting(Line line) {
    if (politely) {
      line.leave();
    } else {
      line.close();
    }
  }
}
