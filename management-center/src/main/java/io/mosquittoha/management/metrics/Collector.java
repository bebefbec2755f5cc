package io.mosquittoha.management.metrics;

import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Sight;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks all brokers for their figures, round after round, and has them kept. */
final class Collector implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
  private static final int NO_AGENTS = 501;

  private final Cluster cluster;
  private final BrokerTopics topics;
  private final History history;
  private final Events events;
  private final InstantSource clock;
  private final Map<String, Meter> meters = new HashMap<>();
  private final Thread thread;
  private volatile boolean closed;

  Collector(
      Cluster cluster, BrokerTopics topics, History history, Events events, InstantSource clock) {
    this.cluster = cluster;
    this.topics = topics;
    this.history = history;
    this.events = events;
    this.clock = clock;
    thread = Thread.ofVirtual().name("figures").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    while (!closed) {
      try {
        var length = History.ROUND.toMillis();
        Thread.sleep(length - clock.millis() % length);
        round();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("Figures were not kept this time: {}", e.toString());
      }
    }
  }

  /** Asks everybody once. */
  void round() {
    var now = clock.instant();
    var said = ask();
    var rows = new LinkedHashMap<String, Row>();
    said.forEach((name, page) -> {
      var meter = meters.computeIfAbsent(name, it -> new Meter());
      page.ifPresentOrElse(it -> rows.put(name, meter.measure(now, it)), meter::lost);
    });
    meters.keySet().retainAll(said.keySet());
    lags(said, rows);
    if (!rows.isEmpty()) {
      var length = History.ROUND.toSeconds();
      // The round's beginning: one wakes up a little after it.
      history.add(Instant.ofEpochSecond(now.getEpochSecond() / length * length), rows);
      events.changed("metrics");
    }
  }

  /** How far followers are behind, only the leader knows. */
  private static void lags(Map<String, Optional<Exposition>> said, Map<String, Row> rows) {
    said.values().stream()
        .flatMap(Optional::stream)
        .filter(Exposition::serves)
        .flatMap(page -> page.all("follower_lag_bytes").stream())
        .forEach(sample -> {
          var row = rows.get(sample.labels().getOrDefault("member", ""));
          if (row != null) {
            row.set(Figure.LAG, sample.value());
          }
        });
  }

  private Map<String, Optional<Exposition>> ask() {
    var asked = new LinkedHashMap<String, CompletableFuture<Optional<Exposition>>>();
    for (var member : cluster.sight().members()) {
      // At the same time: one that hangs must not make the others late.
      asked.put(
          member.name(),
          CompletableFuture.supplyAsync(() -> page(member), Thread.ofVirtual()::start));
    }
    var said = new LinkedHashMap<String, Optional<Exposition>>();
    asked.forEach((name, page) -> said.put(name, page.join()));
    return said;
  }

  private Optional<Exposition> page(Sight.Member member) {
    try {
      return Optional.of(Exposition.read(cluster.figures(member.name())));
    } catch (Problem e) {
      return e.status() == NO_AGENTS
          ? topics.of(member.name()).map(Exposition::ofTopics)
          : Optional.empty();
    } catch (RuntimeException e) {
      LOG.debug("{} told no figures: {}", member.name(), e.toString());
      return Optional.empty();
    }
  }
}
