package io.mosquittoha.management.brokers;

import io.mosquittoha.management.metrics.Exposition;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many bytes pass a broker's gate, by comparing what its agent says now and said before. */
final class Throughput {

  private static final double SHORTEST = 0.9;
  private static final double LONGEST = 60;

  /** Bytes per second. */
  record Rate(boolean known, double in, double out) {
    static final Rate UNKNOWN = new Rate(false, 0, 0);
  }

  private record Seen(long nanos, double in, double out, Rate rate) {}

  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  Rate of(String broker, Exposition said, long nanos) {
    var in = said.value("gate_bytes", "to", "broker").orElse(0);
    var out = said.value("gate_bytes", "to", "clients").orElse(0);
    return seen.merge(
            broker, new Seen(nanos, in, out, Rate.UNKNOWN), (before, now) -> next(before, now))
        .rate();
  }

  private static Seen next(Seen before, Seen now) {
    var seconds = (now.nanos() - before.nanos()) / 1e9;
    if (seconds < SHORTEST) {
      return before; // Somebody else looks as well.
    }
    var rate =
        seconds > LONGEST || now.in() < before.in() || now.out() < before.out()
            ? Rate.UNKNOWN
            : new Rate(
                true, (now.in() - before.in()) / seconds, (now.out() - before.out()) / seconds);
    return new Seen(now.nanos(), now.in(), now.out(), rate);
  }
}
