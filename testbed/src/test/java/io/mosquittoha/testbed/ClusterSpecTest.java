package io.mosquittoha.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterSpecTest {

  private final ClusterSpec spec = ClusterSpec.singleNode();

  @Test
  void aSingleNodePublishesTheProjectsNodePorts() {
    assertThat(spec.agents()).isZero();
    assertThat(spec.clusterDomain()).isEqualTo("cluster.local");
    assertThat(spec.publishedNodePorts()).hasSize(20).contains(31020, 31028, 31039);
    assertThat(spec.name()).isEmpty();
  }

  @Test
  void everyPropertyCanBeChangedAlone() {
    assertThat(spec.withAgents(2).withClusterDomain("example.internal").withName("quickstart"))
        .isEqualTo(
            new ClusterSpec(
                Optional.of("quickstart"),
                2,
                "example.internal",
                spec.publishedNodePorts(),
                Map.of()));
  }

  @Test
  void aFixedPortIsAlsoPublished() {
    var fixed = spec.withFixedPort(32000, 1883);
    assertThat(fixed.publishedNodePorts()).contains(32000);
    assertThat(fixed.fixedHostPorts()).isEqualTo(Map.of(32000, 1883));
  }

  @Test
  void whatCannotBeStartedCannotBeAskedFor() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> spec.withAgents(-1))
        .withMessageContaining("agents");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> spec.withClusterDomain("Not A Domain"))
        .withMessageContaining("Not A Domain");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> spec.withFixedPort(1883, 1883))
        .withMessageContaining("30000 to 32767");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> spec.withFixedPort(31028, 70000))
        .withMessageContaining("70000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> spec.withName("No_Good"))
        .withMessageContaining("No_Good");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            new ClusterSpec(Optional.empty(), 0, "cluster.local", List.of(31028), Map.of(31029, 1)))
        .withMessageContaining("withFixedPort");
  }
}
