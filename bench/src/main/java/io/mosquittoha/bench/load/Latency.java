package io.mosquittoha.bench.load;

import org.HdrHistogram.Histogram;

/** A distribution of times, in milliseconds. */
public record Latency(
    long count,
    double min,
    double mean,
    double p50,
    double p90,
    double p99,
    double p999,
    double max) {
  /** Of a histogram of nanoseconds. */
  public static Latency of(Histogram nanos) {
    return nanos.getTotalCount() == 0
        ? new Latency(0, 0, 0, 0, 0, 0, 0, 0)
        : new Latency(
            nanos.getTotalCount(),
            millis(nanos.getMinValue()),
            millis(nanos.getMean()),
            millis(nanos.getValueAtPercentile(50)),
            millis(nanos.getValueAtPercentile(90)),
            millis(nanos.getValueAtPercentile(99)),
            millis(nanos.getValueAtPercentile(99.9)),
            millis(nanos.getMaxValue()));
  }

  private static double millis(double nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }
}
