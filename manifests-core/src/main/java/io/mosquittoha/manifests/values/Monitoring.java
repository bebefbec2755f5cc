package io.mosquittoha.manifests.values;

import java.util.Map;

/** How Prometheus finds metrics. */
public record Monitoring(
    @Value("A ServiceMonitor of the Prometheus operator") Monitor serviceMonitor,
    @Value("A PodMonitor, where ServiceMonitors are not wanted") Monitor podMonitor) {

  /** One of the two. */
  public record Monitor(
      @Value("Make the object; needs the Prometheus operator's CRDs") boolean enabled,
      @Value(
              value = "Time between two scrapes",
              pattern = Patterns.SCRAPE_INTERVAL,
              example = "30s")
          String interval,
      @Value(
              value = "Labels by which Prometheus selects it",
              pattern = Patterns.LABEL_VALUE,
              example = "prometheus")
          Map<String, String> labels) {

    public Monitor {
      labels = Frozen.map(labels);
    }
  }

  public static Monitoring defaults() {
    return new Monitoring(new Monitor(false, "30s", Map.of()), new Monitor(false, "30s", Map.of()));
  }
}
