package io.mosquittoha.management.topics;

import java.util.BitSet;

/** Counts different topics without keeping any: linear counting, within a few per cent. */
final class Unknown {

  private static final int BITS = 1 << 17;

  private final BitSet seen = new BitSet();

  void add(String topic) {
    // Java's hash of strings is spread first: topics that differ by a digit are near each other.
    var hash = topic.hashCode() * 0x9E3779B1L;
    seen.set((int) ((hash ^ hash >>> 29) & BITS - 1));
  }

  void clear() {
    seen.clear();
  }

  /** About how many; not many more than a million. */
  long count() {
    var used = seen.cardinality();
    return used < BITS
        ? Math.round(-BITS * Math.log1p(-(double) used / BITS))
        : Math.round(BITS * Math.log(BITS));
  }
}
