package io.mosquittoha.bench.ledger;

import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.mosquittoha.bench.mqtt.Target;
import io.mosquittoha.bench.mqtt.Wire;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client with a session that outlives its connections. When one ends it tries again at once, and
 * from then on with a fixed time between the beginnings of two attempts, as long as it takes.
 */
abstract class Persistent implements Wire.Listener {
  /** How clients come back. */
  record Returning(List<Target> targets, Duration retry, Duration patience, Duration silence) {}

  final Loop loop;
  final Ledger ledger;
  private final Identity identity;
  private final Returning returning;
  private @Nullable Wire wire;
  private boolean wanted;
  private boolean known;
  private int attempt;
  private long attempted;

  /** When the connection of now was accepted, and the one before ended; {@link System#nanoTime}. */
  long connectedAt;

  long lostAt;
  int receiveMaximum = 65_535;
  private String lostWhy = "";

  Persistent(Loop loop, Ledger ledger, Identity identity, Returning returning) {
    this.loop = loop;
    this.ledger = ledger;
    this.identity = identity;
    this.returning = returning;
  }

  final String name() {
    return identity.clientId();
  }

  final String lostWhy() {
    return lostWhy;
  }

  final Duration silence() {
    return returning.silence();
  }

  /** Connects, and again and again. */
  final void online() {
    wanted = true;
    attempt();
  }

  /** Ends the connection as a crash of the client would; the session stays. */
  final void offline() {
    wanted = false;
    if (wire != null) {
      wire.close();
    }
  }

  final boolean connected() {
    return wire != null && wire.connected();
  }

  /** Gives a connection up that is silent, and goes on with another. */
  final void abandon(String why) {
    if (wire != null) {
      wire.close();
      lost(why);
    }
  }

  final Wire wire() {
    if (wire == null) {
      throw new IllegalStateException(name() + " is not connected");
    }
    return wire;
  }

  /** Takes session and connection away. */
  final void forget(Runnable done) {
    offline();
    var ended =
        new Runnable() {
          private boolean ran;

          @Override
          public void run() {
            if (!ran) {
              ran = true;
              done.run();
            }
          }
        };
    var holder = new Wire[1];
    holder[0] =
        Wire.connect(
            loop,
            returning.targets().getFirst(),
            identity.persistent(false),
            returning.patience(),
            new Wire.Listener() {
              @Override
              public void connected(boolean sessionPresent, int receiveMaximum) {
                holder[0].disconnect();
                ended.run();
              }

              @Override
              public void lost(String why) {
                ended.run();
              }
            });
  }

  private void attempt() {
    if (!wanted) {
      return;
    }
    attempted = System.nanoTime();
    var target = returning.targets().get(attempt++ % returning.targets().size());
    wire = Wire.connect(loop, target, identity, returning.patience(), this);
  }

  @Override
  public final void connected(boolean sessionPresent, int receiveMaximum) {
    connectedAt = System.nanoTime();
    this.receiveMaximum = receiveMaximum;
    if (known) {
      ledger.cameBack(name(), sessionPresent);
    }
    resume(known && sessionPresent, known && !sessionPresent);
    known = true;
    // The next time it begins with the broker that took it.
    attempt--;
  }

  @Override
  public final void lost(String why) {
    if (!wanted) {
      return;
    }
    var now = System.nanoTime();
    if (connectedAt > lostAt) {
      lostAt = now;
      lostWhy = why;
    }
    var wait = attempted + returning.retry().toNanos() - now;
    loop.executor().schedule(this::attempt, Math.max(0, wait), TimeUnit.NANOSECONDS);
  }

  /** Connected: goes on where it was, or anew when the broker knows nothing of the session. */
  abstract void resume(boolean present, boolean gone);
}
