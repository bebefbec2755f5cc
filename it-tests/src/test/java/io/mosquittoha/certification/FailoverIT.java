package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.lab.LeaderWatch;
import io.mosquittoha.certification.mqtt.Traffic;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Whatever breaks, a client that dials the same node port again is served again, and finds
 * everything that was acknowledged. How soon is recorded.
 */
@Certified
@Order(70)
class FailoverIT {

  private static final String SOAK = "certification.soak";

  private Lab lab;
  private Installation installation;
  private Ordeal ordeal;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    installation = lab.install(Chart.HIGH_AVAILABILITY, Ordeal.VALUES);
    ordeal = new Ordeal(installation);
  }

  @AfterAll
  void calm() {
    if (ordeal != null) {
      ordeal.close();
    }
  }

  @BeforeEach
  void whole() {
    ordeal.awaitWhole();
  }

  @Test
  void failover_whenBrokerProcessIsKilled_thenNothingAcknowledgedIsLost(Figures figures) {
    ordeal.failover(3, figures, leader -> lab.processes(leader).killBroker());
  }

  @Test
  void failover_whenAgentProcessIsKilled_thenNothingAcknowledgedIsLost(Figures figures) {
    ordeal.failover(3, figures, leader -> lab.processes(leader).killAgent());
  }

  @Test
  void failover_whenContainerIsKilled_thenNothingAcknowledgedIsLost(Figures figures) {
    ordeal.failover(2, figures, leader -> lab.processes(leader).killContainer());
  }

  @Test
  void failover_whenPodIsDeleted_thenNothingAcknowledgedIsLost(Figures figures) {
    ordeal.failover(2, figures, leader -> lab.kubernetes().resource(leader).delete());
  }

  @Test
  void failover_whenPodIsDeletedWithoutGrace_thenNothingAcknowledgedIsLost(Figures figures) {
    ordeal.failover(
        1, figures, leader -> lab.kubernetes().resource(leader).withGracePeriod(0L).delete());
  }

  @Test
  void failover_whenBrokerHangs_thenItIsReplacedAndNothingAcknowledgedIsLost(Figures figures) {
    var leader = ordeal.agents().leader();
    var processes = lab.processes(leader);
    var hung = processes.broker();
    ordeal.failover(1, figures, pod -> lab.processes(pod).freezeBroker());
    assertThat(processes.broker()).as("the process of the broker that hung").isNotEqualTo(hung);
    assertThat(restarts(installation.pod(leader.getMetadata().getName())))
        .as("restarts of its container, which is not at fault")
        .isEqualTo(restarts(leader));
  }

  @Test
  void failover_whenTheLeaderIsFrozenAndWakesUp_thenItNeverLeadsBesideItsSuccessor(
      Figures figures) {
    var frozen = ordeal.agents().leader();
    var processes = lab.processes(frozen);
    try (var watch = LeaderWatch.over(lab, installation.brokers())) {
      ordeal.storm().prepare();
      var begun = System.nanoTime();
      var outcome = ordeal.storm().suffer(processes::freeze);
      try {
        await("half a minute to pass")
            .atMost(Duration.ofSeconds(60))
            .until(
                () -> Duration.ofNanos(System.nanoTime() - begun),
                passed -> passed.toSeconds() >= 30);
        ordeal.storm().expectProgress();
      } finally {
        processes.thaw();
      }
      ordeal.awaitWhole();
      ordeal.storm().expectProgress();
      ordeal.settle(figures, outcome);
      figures.record("times somebody said that it leads", watch.count(), "");
      assertThat(watch.count()).isGreaterThan(50);
      assertThat(watch.conflicts()).isEmpty();
    }
  }

  @Test
  void failover_whenTheLeaderDiesBeforeItsFollowersHeard_thenNothingWasAcknowledgedInVain(
      Figures figures) {
    ordeal.failover(2, figures, leader -> killUnheard(lab, ordeal, leader));
  }

  /**
   * Kills a leader whose followers have not heard from it for a moment: whatever it acknowledged in
   * that moment, it alone had.
   */
  static void killUnheard(Lab lab, Ordeal ordeal, Pod leader) {
    var followers = ordeal.agents().followers().stream().map(lab::processes).toList();
    var doomed = lab.processes(leader);
    var before = ordeal.storm().acknowledged();
    CompletableFuture.allOf(
            followers.stream()
                .map(follower -> CompletableFuture.runAsync(follower::freeze))
                .toArray(CompletableFuture[]::new))
        .join();
    try {
      // Shorter than its lease; a leader that keeps its word has nothing to say meanwhile.
      var begun = System.nanoTime();
      await()
          .pollInterval(Duration.ofMillis(5))
          .atMost(Duration.ofSeconds(2))
          .until(() ->
              ordeal.storm().acknowledged() > before + 100
                  || System.nanoTime() - begun > Duration.ofMillis(250).toNanos());
      doomed.kill();
    } finally {
      CompletableFuture.allOf(
              followers.stream()
                  .map(follower -> CompletableFuture.runAsync(follower::thaw))
                  .toArray(CompletableFuture[]::new))
          .join();
    }
  }

  @Test
  void handover_whenTheLeaderIsMoved_thenNothingAcknowledgedIsLostAndNoWillIsPublished(
      Figures figures) {
    assertThat(ordeal.agents().moveWithoutToken()).as("without the token").isIn(401, 403);
    ordeal.failover(
        3,
        figures,
        leader -> {
          var next = ordeal.agents().followers().getFirst().getMetadata().getName();
          ordeal.agents().move(Optional.of(next));
          assertThat(ordeal.agents().leader().getMetadata().getName()).isEqualTo(next);
        });
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
      // A pod is gone from the API at once, its processes a little later.
      await("every client, which was on one of these pods, to be on another")
          .atMost(Duration.ofSeconds(60))
          .until(() -> clients.stream().allMatch(client -> client.connections() > 1));
      clients.forEach(Traffic::expectProgress);
      figures.record(
          "longest time without an acknowledgement",
          clients.stream().map(Traffic::longestGap).toList());
      ordeal.storm().settle(ordeal::expectEqual);
    } finally {
      clients.forEach(Traffic::close);
    }
  }

  /** {@code -Dcertification.soak=1000}: the promise, for as long as one likes. */
  @Test
  @EnabledIfSystemProperty(
      named = SOAK,
      matches = "[1-9][0-9]*",
      disabledReason = "-Dcertification.soak=N kills N leaders")
  void soak_whenLeadersAreKilledOverAndOver_thenNothingAcknowledgedIsEverLost(Figures figures) {
    var kills = Integer.getInteger(SOAK);
    var blows =
        List.<Consumer<Pod>>of(
            leader -> lab.processes(leader).killBroker(),
            leader -> lab.processes(leader).killAgent(),
            leader -> lab.processes(leader).killContainer());
    var outages = new ArrayList<Duration>();
    for (var kill = 1; kill <= kills; kill++) {
      var all = kill % 50 == 0 || kill == kills;
      if (all) {
        ordeal.storm().prepare();
      }
      var leader = ordeal.agents().leader();
      var blow = blows.get(kill % blows.size());
      outages.addAll(ordeal.storm().suffer(() -> blow.accept(leader)).outages());
      if (all) {
        ordeal.storm().settleAll(ordeal::expectEqual);
        System.out.printf(
            "%d leaders killed, %d messages acknowledged, none lost%n",
            kill, ordeal.storm().acknowledged());
      } else if (kill % 5 == 0) {
        ordeal.storm().settle(ordeal::expectEqual);
      }
      // The next one has to find all in sync, else it asks for more than was promised.
      ordeal.agents().awaitFormed();
    }
    figures.record("leaders killed", kills, "");
    figures.record("outage until the first acknowledgement", outages);
    ordeal.recordLedger(figures);
  }

  private static int restarts(Pod pod) {
    return pod.getStatus().getContainerStatuses().getFirst().getRestartCount();
  }
}
