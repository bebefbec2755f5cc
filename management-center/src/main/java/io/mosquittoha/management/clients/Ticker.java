package io.mosquittoha.management.clients;

import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.metrics.Exposition;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells pages with clients when clients came, went or subscribed. Agents do not tell that of
 * themselves; so their counters are asked each second, but only while somebody looks.
 */
final class Ticker {

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration ATTENTION = Duration.ofSeconds(40);

  private final Cluster cluster;
  private final Events events;
  private final AtomicBoolean runs = new AtomicBoolean();
  private volatile long looked;
  private volatile boolean closed;

  Ticker(Cluster cluster, Events events) {
    this.cluster = cluster;
    this.events = events;
  }

  /** Somebody looks. */
  void looked() {
    looked = System.nanoTime();
    if (!closed && runs.compareAndSet(false, true)) {
      Thread.ofVirtual().name("clients-ticker").start(this::run);
    }
  }

  private void run() {
    var before = List.<Double>of();
    try {
      while (!closed && System.nanoTime() - looked < ATTENTION.toNanos()) {
        Thread.sleep(PERIOD);
        var now = counters();
        if (!now.isEmpty() && !now.equals(before)) {
          if (!before.isEmpty()) {
            events.changed("clients");
          }
          before = now;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      runs.set(false);
    }
  }

  /** Without queues: on a busy cluster they change all the time. */
  private List<Double> counters() {
    try {
      var leader = cluster.sight().leader();
      if (leader.isEmpty()) {
        return List.of();
      }
      var figures = Exposition.read(cluster.figures(leader.get()));
      return List.of(
          figures.value("connections_accepted").orElse(0),
          figures.value("connections", "route", "served").orElse(0),
          figures.value("state_records", "kind", "connections").orElse(0),
          figures.value("state_records", "kind", "sessions").orElse(0),
          figures.value("state_records", "kind", "subscriptions").orElse(0));
    } catch (Problem e) {
      return List.of(); // The page says that it is not reachable.
    }
  }

  void close() {
    closed = true;
  }
}
