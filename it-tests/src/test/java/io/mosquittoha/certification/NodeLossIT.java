package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.lab.PrivateCluster;
import io.mosquittoha.certification.mqtt.Traffic;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A server and two agents under another cluster domain. Brokers live on the agents only, so that
 * the node which is lost is never the one whose port is dialled.
 */
@Certified
@PrivateCluster(agents = 2, clusterDomain = "example.internal")
@Order(100)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NodeLossIT {

  private Lab lab;
  private Installation installation;
  private DnsIdentityContract dns;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    for (var agent : lab.machines().nodes().subList(1, 3)) {
      lab.kubernetes()
          .nodes()
          .withName(agent.name())
          .edit(node ->
              new NodeBuilder(node)
                  .editMetadata()
                  .addToLabels("certification/brokers", "true")
                  .endMetadata()
                  .build());
    }
    installation =
        lab.install(
            Chart.HIGH_AVAILABILITY,
            """
            broker:
              replicas: 2
              nodeSelector: {certification/brokers: "true"}
            """);
    dns = new DnsIdentityContract(lab, installation);
  }

  @Test
  @Order(1)
  void dns_whenTheClusterHasAnotherDomain_thenEveryBrokersNameIsThatBrokersAddress(
      Figures figures) {
    dns.everyBrokerHasItsName(figures);
    dns.srvListsExactly(
        installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList());
    dns.identitySurvivesDeletion(figures);
  }

  @Test
  @Order(2)
  void helmTest_whenTheClusterHasAnotherDomain_thenItPublishesAndReceives() {
    installation.test();
  }

  @Test
  @Order(3)
  void placement_whenThereAreSeveralNodes_thenBrokersAndHaproxiesAreSpread() {
    assertThat(installation.brokers().stream().map(pod -> pod.getSpec().getNodeName()))
        .doesNotHaveDuplicates();
    assertThat(installation.haproxies().stream().map(pod -> pod.getSpec().getNodeName()))
        .doesNotHaveDuplicates();
  }

  @Test
  @Order(4)
  void failover_whenTheServingBrokersNodeIsLost_thenClientsAreServedThroughTheSameNodePort(
      Figures figures) {
    try (var traffic = Traffic.start(installation.dial())) {
      var serving = installation.pod(installation.whereIs(traffic.clientId()).broker());
      var lost =
          lab.machines().nodes().stream()
              .filter(node -> node.name().equals(serving.getSpec().getNodeName()))
              .findAny()
              .orElseThrow();
      figures.record(
          "HAProxy pods on the lost node",
          installation.haproxies().stream()
              .filter(pod -> lost.name().equals(pod.getSpec().getNodeName()))
              .count(),
          "");
      try {
        var outage = traffic.suffer(lost::stop);
        figures.record("outage until the first acknowledgement", outage.untilAcknowledged());
        traffic.expectProgress();
        assertThat(installation.servingBroker()).isNotEqualTo(serving.getMetadata().getName());
      } finally {
        lost.start();
      }
      await("the lost node to be ready again")
          .atMost(Duration.ofSeconds(180))
          .until(() -> Readiness.isNodeReady(lab.kubernetes().nodes().withName(lost.name()).get()));
      installation.awaitWhole();
      figures.record("longest time without an acknowledgement", traffic.longestGap());
      dns.srvListsExactly(
          installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList());
    }
  }
}
