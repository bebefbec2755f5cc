package io.mosquittoha.management.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How long things have been as they are. In each round, what is so is asked about; what was not
 * asked about is no longer so. For one thread.
 */
final class Endurance {

  private final Map<String, Instant> since = new HashMap<>();
  private final Set<String> asked = new HashSet<>();
  private Instant now = Instant.EPOCH;

  /** Begins a round. */
  void begin(Instant at) {
    since.keySet().retainAll(asked);
    asked.clear();
    now = at;
  }

  /** For how long something has been so that is so now. */
  Duration of(String what) {
    asked.add(what);
    var duration = Duration.between(since.computeIfAbsent(what, it -> now), now);
    return duration.isNegative() ? Duration.ZERO : duration;
  }

  boolean lasts(String what, Duration least) {
    return of(what).compareTo(least) >= 0;
  }
}
