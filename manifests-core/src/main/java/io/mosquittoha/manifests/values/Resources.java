package io.mosquittoha.manifests.values;

import java.util.Map;

/** What a container asks of its node. */
public record Resources(
    @Value(
            value = "What the scheduler reserves",
            pattern = Patterns.QUANTITY,
            example = "100m or 128Mi",
            numbersToo = true)
        Map<String, String> requests,
    @Value(
            value = "What the container may not exceed",
            pattern = Patterns.QUANTITY,
            example = "512Mi",
            numbersToo = true)
        Map<String, String> limits) {

  public Resources {
    requests = Frozen.map(requests);
    limits = Frozen.map(limits);
  }
}
