package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.Traffic;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Whatever breaks, a client that dials the same node port again is served again. How soon is
 * recorded.
 */
@Certified
@Order(70)
class FailoverIT {

  /**
   * A broker is expected to be found frozen within the test's patience, not within the default's.
   */
  private static final String IMPATIENT =
      """
      broker:
        terminationGracePeriodSeconds: 5
        livenessProbe: {periodSeconds: 2, failureThreshold: 2}
      """;

  private static final String FIRST_ACKNOWLEDGEMENT = "outage until the first acknowledgement";

  private Lab lab;
  private Installation installation;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    installation = lab.install(Chart.HIGH_AVAILABILITY, IMPATIENT);
  }

  @BeforeEach
  void whole() {
    installation.awaitWhole();
  }

  @Test
  void failover_whenBrokerProcessIsKilled_thenClientsAreServedThroughTheSameNodePort(
      Figures figures) {
    figures.record(
        FIRST_ACKNOWLEDGEMENT,
        strike(3, traffic -> lab.processes(servingPod(traffic)).killBroker()));
  }

  @Test
  void failover_whenContainerIsKilled_thenClientsAreServedThroughTheSameNodePort(Figures figures) {
    figures.record(
        FIRST_ACKNOWLEDGEMENT,
        strike(2, traffic -> lab.processes(servingPod(traffic)).killContainer()));
  }

  @Test
  void failover_whenPodIsDeleted_thenClientsAreServedThroughTheSameNodePort(Figures figures) {
    figures.record(
        FIRST_ACKNOWLEDGEMENT,
        strike(2, traffic -> lab.kubernetes().resource(servingPod(traffic)).delete()));
  }

  @Test
  void failover_whenPodIsDeletedWithoutGrace_thenClientsAreServedThroughTheSameNodePort(
      Figures figures) {
    figures.record(
        FIRST_ACKNOWLEDGEMENT,
        strike(
            1,
            traffic ->
                lab.kubernetes().resource(servingPod(traffic)).withGracePeriod(0L).delete()));
  }

  @Test
  void failover_whenBrokerIsFrozen_thenClientsAreServedAndTheBrokerIsRestarted(Figures figures) {
    try (var traffic = Traffic.start(installation.dial())) {
      var frozen = servingPod(traffic);
      var restarts = restarts(frozen);
      var processes = lab.processes(frozen);
      var outage = traffic.suffer(processes::freezeBroker);
      figures.record(FIRST_ACKNOWLEDGEMENT, outage.untilAcknowledged());
      var begun = System.nanoTime();
      await("the kubelet to restart the frozen broker")
          .atMost(Duration.ofSeconds(150))
          .until(() -> restarts(installation.pod(frozen.getMetadata().getName())) > restarts);
      figures.record("frozen broker restarted after", Duration.ofNanos(System.nanoTime() - begun));
    }
  }

  @Test
  void haproxy_whenEachPodIsKilledInTurn_thenClientsAreServedThroughTheOther(Figures figures) {
    var clients = new ArrayList<Traffic>();
    try {
      Stream.generate(() -> installation.dial().withFreshId())
          .limit(4)
          .forEach(dial -> clients.add(Traffic.start(dial)));
      for (var pod : installation.haproxies()) {
        lab.kubernetes().resource(pod).withGracePeriod(0L).delete();
        await("HAProxy to be replaced")
            .atMost(Duration.ofSeconds(120))
            .until(() ->
                installation.haproxies().stream()
                    .noneMatch(
                        now -> now.getMetadata().getUid().equals(pod.getMetadata().getUid())));
        installation.awaitWhole();
        clients.forEach(Traffic::expectProgress);
      }
      assertThat(clients)
          .as("every client was on one of the pods that were killed")
          .allSatisfy(client -> assertThat(client.connections()).isGreaterThan(1));
      figures.record("longest time without an acknowledgement", gaps(clients));
    } finally {
      clients.forEach(Traffic::close);
    }
  }

  @Test
  void rollingRestart_whenThereIsTraffic_thenEveryBrokerIsReplacedAndClientsAreServedOn(
      Figures figures) {
    var before = uids(installation.brokers());
    try (var traffic = Traffic.start(installation.dial())) {
      lab.kubernetes()
          .apps()
          .statefulSets()
          .inNamespace(lab.namespace())
          .withName(installation.fullname())
          .rolling()
          .restart();
      await("every broker to be a new one")
          .atMost(Duration.ofSeconds(180))
          .until(() -> {
            var now = uids(installation.brokers());
            return now.size() == before.size() && now.stream().noneMatch(before::contains);
          });
      installation.awaitWhole();
      traffic.expectProgress();
      figures.record("longest time without an acknowledgement", traffic.longestGap());
      figures.record("messages acknowledged meanwhile", traffic.acknowledged(), "");
      figures.record("interruptions", traffic.connections() - 1, "");
      assertThat(traffic.connections()).as("connections: its broker was replaced").isGreaterThan(1);
    }
  }

  /** A blow to whatever serves a client. */
  private interface Blow {
    void to(Traffic traffic);
  }

  private List<Duration> strike(int times, Blow blow) {
    var outages = new ArrayList<Duration>();
    for (var i = 0; i < times; i++) {
      installation.awaitWhole();
      try (var traffic = Traffic.start(installation.dial())) {
        outages.add(traffic.suffer(() -> blow.to(traffic)).untilAcknowledged());
      }
    }
    installation.awaitWhole();
    return outages;
  }

  private Pod servingPod(Traffic traffic) {
    return installation.pod(installation.whereIs(traffic.clientId()).broker());
  }

  private static int restarts(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst().getRestartCount();
  }

  private static Set<String> uids(List<Pod> pods) {
    return pods.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
  }

  private static List<Duration> gaps(List<Traffic> clients) {
    return clients.stream().map(Traffic::longestGap).toList();
  }
}
