package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Whether the suite would find a release that does not keep its word. Its gate is left open, so
 * that clients hear of what no other broker has; it has to fail by what {@link FailoverIT} passes.
 */
@Certified
@Order(74)
class OpenGateIT {

  private static final int MOST_KILLS = 10;

  private Lab lab;
  private Installation installation;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    lab.machines();
    installation = lab.install(Chart.HIGH_AVAILABILITY, Ordeal.VALUES);
    leaveTheGateOpen();
  }

  /** There is no value for it: nobody but this test may want it. */
  private void leaveTheGateOpen() {
    lab.kubernetes()
        .configMaps()
        .inNamespace(lab.namespace())
        .withName(installation.fullname() + "-broker")
        .edit(OpenGateIT::opened);
    // With the file as it is now, each in a new container.
    lab.kubernetes().resourceList(List.copyOf(installation.brokers())).delete();
    installation.awaitWhole();
  }

  private static ConfigMap opened(ConfigMap map) {
    var properties = map.getData().get("agent.properties");
    assertThat(properties).as("agent.properties").contains("gates=");
    return new ConfigMapBuilder(map)
        .addToData("agent.properties", properties.stripTrailing() + "\nunsafeOpenGate=true\n")
        .build();
  }

  @Test
  void ledger_whenTheGateIsLeftOpen_thenItFindsWhatIsLost(Figures figures) {
    try (var ordeal = new Ordeal(installation)) {
      var found = Optional.<AssertionError>empty();
      var kills = 0;
      while (found.isEmpty() && kills < MOST_KILLS) {
        kills++;
        ordeal.awaitWhole();
        var leader = ordeal.agents().leader();
        ordeal.storm().suffer(() -> FailoverIT.killUnheard(lab, ordeal, leader));
        found = judgement(ordeal);
      }
      assertThat(found).as("a fault in the books after %d kills", kills).isPresent();
      figures.record("leaders killed until the ledger found a loss", kills, "");
      figures.record("what it says", found.get().getMessage());
      assertThat(found.get()).hasMessageContaining("acknowledged messages of");
    }
  }

  private static Optional<AssertionError> judgement(Ordeal ordeal) {
    try {
      ordeal.storm().settle(() -> {});
      return Optional.empty();
    } catch (AssertionError e) {
      return Optional.of(e);
    }
  }
}
