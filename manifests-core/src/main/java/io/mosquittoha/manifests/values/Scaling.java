package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import java.util.List;
import java.util.Map;

/** How many brokers, and why. */
public record Scaling(
    @Value(value = "Fewest brokers", minimum = 1, maximum = 50) int minBrokers,
    @Value(value = "Most brokers", minimum = 1, maximum = 50) int maxBrokers,
    @Value(
            value = "CPU that brokers use on average, in percent of what they request",
            minimum = 1,
            maximum = 1000)
        int targetCPUUtilizationPercentage,
    @Value(value = "Further metrics to scale by", fits = MetricSpec.class)
        List<Map<String, Object>> metrics,
    @Value(value = "How fast to scale", fits = HorizontalPodAutoscalerBehavior.class)
        Map<String, Object> behavior) {

  public Scaling {
    metrics = Frozen.list(metrics);
    behavior = Frozen.map(behavior);
  }

  public static Scaling defaults() {
    var oneAMinute = new java.util.LinkedHashMap<String, Object>();
    oneAMinute.put("type", "Pods");
    oneAMinute.put("value", 1);
    oneAMinute.put("periodSeconds", 60);
    var scaleDown = new java.util.LinkedHashMap<String, Object>();
    scaleDown.put("stabilizationWindowSeconds", 300);
    scaleDown.put("policies", List.of(oneAMinute));
    return new Scaling(3, 5, 60, List.of(), Map.of("scaleDown", scaleDown));
  }
}
