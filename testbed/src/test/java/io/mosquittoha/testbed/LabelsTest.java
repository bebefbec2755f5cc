package io.mosquittoha.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelsTest {

  @Test
  void testcontainersCannotMarkAClusterForRemoval() {
    var labels = Labels.withoutSession(Map.of(Labels.CLUSTER, "quickstart"));
    labels.putAll(Map.of("org.testcontainers.sessionId", "1", "org.testcontainers", "true"));
    labels.put("org.testcontainers.sessionId", "2");
    assertThat(labels)
        .containsOnlyKeys(Labels.CLUSTER, "org.testcontainers")
        .containsEntry(Labels.CLUSTER, "quickstart");
  }
}
