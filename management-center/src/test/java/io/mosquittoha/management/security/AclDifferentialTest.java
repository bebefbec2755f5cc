package io.mosquittoha.management.security;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AclDifferentialTest {

  @RegisterExtension static final RealBroker broker = new RealBroker();

  @Test
  void decisions_whenARealBrokerIsAskedTheSame_thenAreItsDecisions() throws Exception {
    var report =
        new AclDifferential("127.0.0.1", broker.port(), "admin", RealBroker.PASSWORD, true)
            .run(1, 600);

    assertThat(report.disagreements()).isEmpty();
    assertThat(report.cases()).isEqualTo(600);
    assertThat(report.compared()).containsOnlyKeys(Action.values());
    // Such that both answers, and all ways to them, are among them.
    assertThat(report.allowed()).isBetween(150, 500);
    assertThat(report.bases())
        .containsKeys(
            Decision.Basis.RULE,
            Decision.Basis.WILDCARD,
            Decision.Basis.BROKEN_RULE,
            Decision.Basis.DEFAULT,
            Decision.Basis.BROKER,
            Decision.Basis.CONTROL);
    System.out.printf(
        "ACL tester against the broker: %d cases %s, %d allowed, %s%n",
        report.cases(), report.compared(), report.allowed(), report.bases());
  }
}
