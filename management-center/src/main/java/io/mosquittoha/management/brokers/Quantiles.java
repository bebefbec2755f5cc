package io.mosquittoha.management.brokers;

import io.mosquittoha.management.metrics.Exposition.Sample;
import java.util.List;
import java.util.TreeMap;

/**
 * A histogram's quantiles.
 *
 * @param buckets how many were at most that
 */
record Quantiles(TreeMap<Double, Double> buckets) {

  static Quantiles of(List<Sample> samples) {
    var buckets = new TreeMap<Double, Double>();
    for (var sample : samples) {
      var bound = sample.labels().getOrDefault("le", "");
      try {
        buckets.put(
            bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound),
            sample.value());
      } catch (NumberFormatException e) {
        // No bucket.
      }
    }
    return new Quantiles(buckets);
  }

  double count() {
    return buckets.isEmpty() ? 0 : buckets.lastEntry().getValue();
  }

  /** The bound that so great a share is not above; of what is beyond all bounds, the greatest. */
  double at(double share) {
    var wanted = share * count();
    for (var bucket : buckets.entrySet()) {
      if (bucket.getValue() >= wanted && Double.isFinite(bucket.getKey())) {
        return bucket.getKey();
      }
    }
    var last = buckets.lowerKey(Double.POSITIVE_INFINITY);
    return last == null ? 0 : last;
  }
}
