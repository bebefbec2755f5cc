package io.mosquittoha.agent.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The figures of one loop. Only its thread writes, so an ordered store is enough and nothing is
 * locked; anyone reads.
 */
final class Counters {

  enum Of {
    SERVED,
    RELAYED,
    CONNECTING,
    HELD,
    ACCEPTED,
    REFUSED,
    EXPIRED,
    CONNECT_FAILURES,
    HELD_BYTES,
    BUFFER_BYTES,
    DISCARDED_BYTES,
    BYTES_TO_BROKER,
    BYTES_TO_CLIENTS,
    READS_AT_ONCE,
    HOLD_MICROS
  }

  private static final long[] BOUNDS = {
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    Long.MAX_VALUE
  };

  private final AtomicLongArray figures = new AtomicLongArray(Of.values().length);
  private final AtomicLongArray times = new AtomicLongArray(BOUNDS.length);

  void add(Of of, long amount) {
    figures.lazySet(of.ordinal(), figures.getPlain(of.ordinal()) + amount);
  }

  void set(Of of, long amount) {
    figures.lazySet(of.ordinal(), amount);
  }

  void held(long nanos) {
    var micros = TimeUnit.NANOSECONDS.toMicros(nanos);
    int bucket = 0;
    while (micros > BOUNDS[bucket]) {
      bucket++;
    }
    times.lazySet(bucket, times.getPlain(bucket) + 1);
    add(Of.HOLD_MICROS, micros);
  }

  static GateStatistics sum(List<Counters> all) {
    var sums = new long[Of.values().length];
    var buckets = new ArrayList<GateStatistics.Bucket>(BOUNDS.length);
    for (var counters : all) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += counters.figures.get(i);
      }
    }
    for (int i = 0; i < BOUNDS.length; i++) {
      long count = 0;
      for (var counters : all) {
        count += counters.times.get(i);
      }
      buckets.add(new GateStatistics.Bucket(BOUNDS[i], count));
    }
    return new GateStatistics(
        sums[Of.SERVED.ordinal()],
        sums[Of.RELAYED.ordinal()],
        sums[Of.CONNECTING.ordinal()],
        sums[Of.HELD.ordinal()],
        sums[Of.ACCEPTED.ordinal()],
        sums[Of.REFUSED.ordinal()],
        sums[Of.EXPIRED.ordinal()],
        sums[Of.CONNECT_FAILURES.ordinal()],
        sums[Of.HELD_BYTES.ordinal()],
        sums[Of.BUFFER_BYTES.ordinal()],
        sums[Of.DISCARDED_BYTES.ordinal()],
        sums[Of.BYTES_TO_BROKER.ordinal()],
        sums[Of.BYTES_TO_CLIENTS.ordinal()],
        sums[Of.READS_AT_ONCE.ordinal()],
        buckets,
        sums[Of.HOLD_MICROS.ordinal()]);
  }
}
