package io.mosquittoha.certification;

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
 * Headless DNS identity in the default cluster domain; {@link NodeLossIT} asks the same in another.
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

  @Test
  void srv_whenABrokerStopsBeingReady_thenItListsTheOthersOnly() {
    installation.awaitWhole();
    var names = installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList();
    dns.srvListsExactly(names);
    var processes = lab.processes(installation.pod(names.getLast()));
    processes.freezeBroker();
    try {
      dns.srvListsExactly(names.subList(0, names.size() - 1));
    } finally {
      processes.thawBroker();
    }
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
