package io.mosquittoha.management.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Makes figures of what one broker's agent says time after time: of what only grows, how fast it
 * does. A counter that is smaller than before began anew, so all that it has is new.
 */
final class Meter {

  private static final String UPTIME = "broker_uptime_seconds";

  private final Map<String, Double> counters = new HashMap<>();
  private final Map<Double, Double> buckets = new TreeMap<>();
  private final Map<Figure, Float> carried = new HashMap<>();
  private OptionalDouble uptime = OptionalDouble.empty();
  private Instant at = Instant.EPOCH;

  Row measure(Instant now, Exposition said) {
    var row = Row.empty();
    var seconds = Duration.between(at, now).toMillis() / 1e3;
    if (said.serves()) {
      broker(row, said);
      state(row, said);
      hold(row, said);
    } else {
      uptime = OptionalDouble.empty();
      buckets.clear();
    }
    set(row, Figure.RELAYED, said.value("connections", "route", "relayed"));
    set(
        row,
        Figure.BROKER_MEMORY,
        either(said, "broker_resident_memory_bytes", "broker_heap_current"));
    set(row, Figure.AGENT_MEMORY, said.value("process_resident_memory_bytes"));
    set(row, Figure.STATE_MEMORY, said.value("state_bytes"));
    rate(row, Figure.COMMITTED, "committed_index", said, seconds);
    rate(row, Figure.BROKER_CPU, "broker_cpu_seconds", said, seconds);
    rate(row, Figure.AGENT_CPU, "process_cpu_seconds", said, seconds);
    at = now;
    return row;
  }

  /** It does not answer: what it counts next can't be compared with what it counted. */
  void lost() {
    counters.clear();
    buckets.clear();
    carried.clear();
    uptime = OptionalDouble.empty();
  }

  /**
   * What the broker publishes about itself. It does so every few seconds, and the agent tells the
   * latest: so the time between is what the broker says, not ours.
   */
  private void broker(Row row, Exposition said) {
    var now = said.value(UPTIME);
    var seconds = Double.NaN;
    if (now.isPresent() && uptime.isPresent()) {
      seconds = now.getAsDouble() - uptime.getAsDouble();
    }
    var anew = seconds < 0;
    var same = seconds == 0;
    if (!same) {
      carried.clear();
    }
    var span = anew ? now.orElse(Double.NaN) : seconds;
    Map.of(
            Figure.MESSAGES_IN, "broker_publish_messages_received",
            Figure.MESSAGES_OUT, "broker_publish_messages_sent",
            Figure.BYTES_IN, "broker_bytes_received",
            Figure.BYTES_OUT, "broker_bytes_sent",
            Figure.DROPPED, "broker_publish_messages_dropped")
        .forEach((figure, name) -> {
          if (same) {
            row.set(figure, carried.getOrDefault(figure, Float.NaN));
            return;
          }
          if (anew) {
            counters.put(name, 0.0);
          }
          rate(row, figure, name, said, span);
          carried.put(figure, row.get(figure));
        });
    uptime = now;
  }

  private static void state(Row row, Exposition said) {
    var connected = said.value("connections", "route", "served");
    set(
        row,
        Figure.CONNECTED,
        connected.isPresent() ? connected : said.value("broker_clients_connected"));
    records(row, Figure.SESSIONS, "sessions", said, "broker_clients");
    records(row, Figure.SUBSCRIPTIONS, "subscriptions", said, "broker_subscriptions_count");
    records(row, Figure.RETAINED, "retained", said, "broker_retained_messages_count");
    records(row, Figure.QUEUED, "queued", said, "");
  }

  private static void records(
      Row row, Figure figure, String kind, Exposition said, String otherwise) {
    var records = said.value("state_records", "kind", kind);
    set(row, figure, records.isPresent() ? records : said.value(otherwise));
  }

  /** Quantiles of what came since the last time. */
  private void hold(Row row, Exposition said) {
    var now = new TreeMap<Double, Double>();
    for (var sample : said.all("gate_hold_seconds_bucket")) {
      var bound = sample.labels().getOrDefault("le", "");
      try {
        now.put(
            bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound),
            sample.value());
      } catch (NumberFormatException e) {
        return;
      }
    }
    if (!buckets.isEmpty() && !now.isEmpty()) {
      var anew =
          now.entrySet().stream()
              .anyMatch(it -> it.getValue() < buckets.getOrDefault(it.getKey(), 0.0));
      var since = new TreeMap<Double, Double>();
      now.forEach((bound, count) ->
          since.put(bound, anew ? count : count - buckets.getOrDefault(bound, 0.0)));
      row.set(Figure.HOLD_HALF, quantile(since, 0.5));
      row.set(Figure.HOLD_MOST, quantile(since, 0.99));
    }
    buckets.clear();
    buckets.putAll(now);
  }

  /**
   * A quantile by straight lines within buckets; of what is beyond all bounds, the last bound.
   *
   * @param buckets upper bounds, and how many are not above it
   * @return NaN if there are none
   */
  static double quantile(TreeMap<Double, Double> buckets, double part) {
    var total = buckets.isEmpty() ? 0 : buckets.lastEntry().getValue();
    if (total <= 0) {
      return Double.NaN;
    }
    var wanted = total * part;
    double bound = 0;
    double below = 0;
    for (var bucket : buckets.entrySet()) {
      if (bucket.getValue() >= wanted) {
        if (bucket.getKey().isInfinite()) {
          return bound;
        }
        var share = (wanted - below) / (bucket.getValue() - below);
        return bound + (bucket.getKey() - bound) * share;
      }
      bound = bucket.getKey();
      below = bucket.getValue();
    }
    return bound;
  }

  private void rate(Row row, Figure figure, String name, Exposition said, double seconds) {
    var now = said.value(name);
    var before = counters.get(name);
    if (now.isEmpty()) {
      counters.remove(name);
      return;
    }
    counters.put(name, now.getAsDouble());
    if (before == null || !(seconds > 0)) {
      return;
    }
    var more = now.getAsDouble() >= before ? now.getAsDouble() - before : now.getAsDouble();
    row.set(figure, more / seconds);
  }

  private static OptionalDouble either(Exposition said, String name, String otherwise) {
    var value = said.value(name);
    return value.isPresent() ? value : said.value(otherwise);
  }

  private static void set(Row row, Figure figure, OptionalDouble value) {
    value.ifPresent(it -> row.set(figure, it));
  }
}
