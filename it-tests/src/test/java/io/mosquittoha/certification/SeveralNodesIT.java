package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.lab.LeaderWatch;
import io.mosquittoha.certification.lab.PrivateCluster;
import io.mosquittoha.certification.mqtt.Door;
import io.mosquittoha.certification.mqtt.Traffic;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import io.mosquittoha.testbed.Node;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Three nodes under another cluster domain, with a broker and a HAProxy on each: nodes are lost,
 * and can't hear each other. Clients dial the server's port, which the leader is led away from
 * before it is hit, and others dial each side of a partition.
 */
@Certified
@PrivateCluster(agents = 2, clusterDomain = "example.internal")
@Order(100)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SeveralNodesIT {

  private Lab lab;
  private Installation installation;
  private DnsIdentityContract dns;
  private Ordeal ordeal;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    installation =
        lab.install(
            Chart.HIGH_AVAILABILITY,
            Ordeal.VALUES,
            """
            broker: {podAntiAffinity: hard}
            haproxy: {replicas: 3, podAntiAffinity: hard}
            # Each node's port leads to its own HAProxy, so that a client is on the side that it dials.
            service: {externalTrafficPolicy: Local}
            """);
    dns = new DnsIdentityContract(lab, installation);
  }

  @AfterAll
  void calm() {
    if (ordeal != null) {
      ordeal.close();
    }
  }

  private Ordeal ordeal() {
    if (ordeal == null) {
      ordeal = new Ordeal(installation);
    }
    return ordeal;
  }

  @Test
  @Order(1)
  void placement_whenThereAreSeveralNodes_thenBrokersAndHaproxiesAreSpread() {
    assertThat(installation.brokers().stream().map(pod -> pod.getSpec().getNodeName()))
        .doesNotHaveDuplicates();
    assertThat(installation.haproxies().stream().map(pod -> pod.getSpec().getNodeName()))
        .doesNotHaveDuplicates();
  }

  @Test
  @Order(2)
  void dns_whenTheClusterHasAnotherDomain_thenEveryBrokersNameIsThatBrokersAddress(
      Figures figures) {
    dns.everyBrokerHasItsName(figures);
    dns.srvListsExactly(
        installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList());
    dns.identitySurvivesDeletion(figures);
  }

  @Test
  @Order(3)
  void helmTest_whenTheClusterHasAnotherDomain_thenItPublishesAndReceives() {
    installation.test();
  }

  @Test
  @Order(4)
  void partition_whenTheLeaderIsCutOff_thenTheOthersGoOnAndItAcknowledgesNothing(Figures figures) {
    partition(
        figures,
        (leader, others) -> {
          leader.hearNothingFrom(others);
          others.forEach(other -> other.hearNothingFrom(List.of(leader)));
        });
  }

  @Test
  @Order(5)
  void partition_whenTheLeaderIsHeardAndHearsNobody_thenTheOthersGoOnAndItAcknowledgesNothing(
      Figures figures) {
    partition(figures, Node::hearNothingFrom);
  }

  @Test
  @Order(6)
  void partition_whenTheLeaderHearsAllAndNobodyHearsIt_thenTheOthersGoOnAndItAcknowledgesNothing(
      Figures figures) {
    partition(
        figures,
        (leader, others) -> others.forEach(other -> other.hearNothingFrom(List.of(leader))));
  }

  private interface Cut {
    void between(Node leader, List<Node> others);
  }

  private void partition(Figures figures, Cut cut) {
    var leader = leaderOnAnAgent();
    var isolated = nodeOf(leader);
    var others = lab.machines().nodes().stream().filter(node -> node != isolated).toList();
    try (var watch = LeaderWatch.over(lab, installation.brokers());
        var inside = trafficAt(isolated);
        var outside = trafficAt(others.getLast())) {
      ordeal().storm().prepare();
      var epoch = ordeal().agents().awaitFormed().epoch();
      var connection = outside.connections();
      var outcome = ordeal().storm().suffer(() -> cut.between(isolated, others));
      try {
        await("the client on the side of the new leader to be served")
            .atMost(Duration.ofSeconds(60))
            .until(() -> outside.firstAfter(connection).isPresent());
        var last = inside.lastAcknowledged();
        var first = outside.firstAfter(connection).orElseThrow();
        figures.record(
            "from the old leader's last acknowledgement to the new one's first",
            Duration.ofNanos(first - last));
        assertThat(last).as("the old leader's last acknowledgement").isLessThan(first);
        await("nothing to be acknowledged on the side of the old leader")
            .during(Duration.ofSeconds(2))
            .atMost(Duration.ofSeconds(5))
            .until(() -> inside.lastAcknowledged() == last);
        assertThat(ordeal().agents().isLeader(leader)).as("the old leader says it leads").isFalse();
        ordeal().storm().expectProgress();
      } finally {
        lab.machines().nodes().forEach(Node::hearAll);
      }
      ordeal().awaitWhole();
      inside.expectProgress();
      Ordeal.recordPhases(figures, ordeal().agents().since(epoch));
      ordeal().settle(figures, outcome);
      assertThat(watch.count()).isGreaterThan(10);
      assertThat(watch.conflicts()).isEmpty();
    }
  }

  @Test
  @Order(7)
  void failover_whenTheLeadersNodeIsLost_thenNothingAcknowledgedIsLost(Figures figures) {
    var lost = nodeOf(leaderOnAnAgent());
    var epoch = ordeal().agents().awaitFormed().epoch();
    ordeal().storm().prepare();
    var outcome = ordeal().storm().suffer(lost::stop);
    try {
      ordeal().storm().expectProgress();
    } finally {
      lost.start();
    }
    await("the lost node to be ready again")
        .atMost(Duration.ofSeconds(180))
        .until(() -> Readiness.isNodeReady(lab.kubernetes().nodes().withName(lost.name()).get()));
    ordeal().awaitWhole();
    Ordeal.recordPhases(figures, ordeal().agents().since(epoch));
    ordeal().settle(figures, outcome);
    dns.srvListsExactly(
        installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList());
  }

  /** Moves the leader away from the node whose port is dialled, and which has the API. */
  private Pod leaderOnAnAgent() {
    ordeal().awaitWhole();
    var server = lab.machines().nodes().getFirst().name();
    var leader = ordeal().agents().leader();
    if (!server.equals(leader.getSpec().getNodeName())) {
      return leader;
    }
    ordeal()
        .agents()
        .move(Optional.of(ordeal().agents().followers().getFirst().getMetadata().getName()));
    ordeal().awaitWhole();
    return ordeal().agents().leader();
  }

  private Node nodeOf(Pod pod) {
    return lab.machines().nodes().stream()
        .filter(node -> node.name().equals(pod.getSpec().getNodeName()))
        .findAny()
        .orElseThrow();
  }

  /** A client that dials a node's own address, and so the HAProxy there. */
  private Traffic trafficAt(Node node) {
    return Traffic.start(
        installation
            .dial()
            .withFreshId()
            .withAddress(new InetSocketAddress(node.address(), Door.MQTT.nodePort())));
  }
}
