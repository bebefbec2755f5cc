package io.mosquittoha.certification;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.readiness.Readiness;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Headless DNS identity in the default cluster domain; {@link SeveralNodesIT} asks the same in
 * another.
 */
@Certified
@Order(40)
class DnsIdentityIT {

  private Lab lab;
  private Installation installation;
  private DnsIdentityContract dns;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    installation = lab.install(Chart.HIGH_AVAILABILITY);
    dns = new DnsIdentityContract(lab, installation);
  }

  @Test
  void dns_whenAPodAsks_thenEveryBrokersNameIsThatBrokersAddress(Figures figures) {
    installation.awaitWhole();
    dns.everyBrokerHasItsName(figures);
  }

  /** Brokers look for each other by DNS, and have to find one that is only about to join. */
  @Test
  void srv_whenABrokerIsNotReady_thenItIsListedAllTheSame() {
    installation.awaitWhole();
    var names = installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList();
    dns.srvListsExactly(names);
    var frozen = installation.pod(names.getLast());
    var processes = lab.processes(frozen);
    processes.freeze();
    try {
      await("the frozen broker not to be ready")
          .until(() -> !Readiness.isPodReady(installation.pod(names.getLast())));
      dns.srvListsExactly(names);
    } finally {
      processes.thaw();
    }
    installation.awaitWhole();
    dns.srvListsExactly(names);
  }

  @Test
  void identity_whenAPodIsDeleted_thenItsNameIsFoundAtTheNewAddress(Figures figures) {
    installation.awaitWhole();
    dns.identitySurvivesDeletion(figures);
    dns.srvListsExactly(
        List.copyOf(
            installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList()));
  }
}
