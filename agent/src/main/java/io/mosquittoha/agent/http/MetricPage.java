package io.mosquittoha.agent.http;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.LinkedHashMap;
import java.util.Map;

/** One collection of figures; those of one name are put together. */
final class MetricPage {

  private final String prefix;
  private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
  private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
  private final MetricSnapshots.Builder others = MetricSnapshots.builder();

  MetricPage(String prefix) {
    this.prefix = prefix;
  }

  void gauge(String name, String help, boolean value) {
    gauge(name, help, value ? 1 : 0);
  }

  /**
   * Adds what goes up and down.
   *
   * @param labels names and values in turn
   */
  void gauge(String name, String help, double value, String... labels) {
    gauges
        .computeIfAbsent(name, it -> GaugeSnapshot.builder().name(prefix + it).help(help))
        .dataPoint(GaugeDataPointSnapshot.builder().labels(Labels.of(labels)).value(value).build());
  }

  /**
   * Adds what only grows; the name without {@code _total}.
   *
   * @param labels names and values in turn
   */
  void counter(String name, String help, double value, String... labels) {
    counters
        .computeIfAbsent(name, it -> CounterSnapshot.builder().name(prefix + it).help(help))
        .dataPoint(
            CounterDataPointSnapshot.builder().labels(Labels.of(labels)).value(value).build());
  }

  /**
   * Adds a histogram.
   *
   * @param bounds upper ones, ascending, the last infinite
   * @param counts of each bucket alone
   */
  void histogram(String name, String help, double[] bounds, long[] counts, double sum) {
    others.metricSnapshot(
        HistogramSnapshot.builder()
            .name(prefix + name)
            .help(help)
            .dataPoint(
                HistogramDataPointSnapshot.builder()
                    .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
                    .sum(sum)
                    .build())
            .build());
  }

  MetricSnapshots snapshots() {
    gauges.values().forEach(gauge -> others.metricSnapshot(gauge.build()));
    counters.values().forEach(counter -> others.metricSnapshot(counter.build()));
    return others.build();
  }
}
