package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.lab.Turn;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Brokers come, go, are replaced, and all end at once, under load; and the Kubernetes API is away.
 * Nothing that was acknowledged is lost, and nobody has to tell them who belongs to them.
 */
@Certified
@Order(72)
class MembershipIT {

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
  void upgrade_whenPodsAreReplacedOneByOne_thenTheLeaderMovesOnceAndNothingIsLost(Figures figures) {
    var before = uids();
    // Kubernetes replaces the first one last.
    var first = installation.brokers().getFirst().getMetadata().getName();
    if (!installation.servingBroker().equals(first)) {
      ordeal.agents().move(Optional.of(first));
    }
    var epoch = ordeal.agents().awaitFormed().epoch();
    ordeal.storm().prepare();
    var outcome =
        ordeal
            .storm()
            .suffer(() -> {
              var upgrade =
                  installation.upgrade(
                      Ordeal.VALUES,
                      "broker: {podAnnotations: {certification/upgrade: \"%d\"}}"
                          .formatted(System.nanoTime()));
              figures.record("helm upgrade --wait", upgrade.took());
              await("every broker to be a new one")
                  .atMost(Duration.ofSeconds(180))
                  .until(() -> uids().stream().noneMatch(before::contains));
              ordeal.awaitWhole();
            });
    var moves = ordeal.agents().since(epoch).stream().filter(Turn::movesTheLeader).toList();
    ordeal.settle(figures, outcome);
    figures.record("moves of the leader", moves.size(), "");
    assertThat(moves).hasSize(1);
  }

  @Test
  void scale_whenThereAreFiveBrokersAndThenThreeAgain_thenTheyJoinAndLeaveByThemselves(
      Figures figures) {
    ordeal.storm().prepare();
    var outcome =
        ordeal
            .storm()
            .endure(() -> {
              figures.record("five in sync after", scaled(5));
              figures.record("three in sync again after", scaled(3));
            });
    ordeal.settle(figures, outcome);
  }

  private Duration scaled(int brokers) {
    var begun = System.nanoTime();
    installation.scale(brokers);
    var names =
        IntStream.range(0, brokers)
            .mapToObj(ordinal -> installation.fullname() + "-" + ordinal)
            .toList();
    await(brokers + " pods")
        .atMost(Duration.ofSeconds(120))
        .until(() ->
            installation.brokers().stream()
                .map(pod -> pod.getMetadata().getName())
                .toList()
                .equals(names));
    await(brokers + " members, all in sync")
        .atMost(Duration.ofSeconds(120))
        .until(
            () -> ordeal.agents().awaitFormed(),
            view -> view.inSync().equals(names) && view.members().equals(names));
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Test
  void pod_whenItsVolumeIsReplacedByAnEmptyOne_thenItCatchesUpUnderLoad(Figures figures) {
    var poor = ordeal.agents().followers().getFirst();
    ordeal.storm().prepare();
    var outcome =
        ordeal
            .storm()
            .endure(() -> {
              var begun = System.nanoTime();
              loseVolume(poor);
              ordeal.awaitWhole();
              figures.record("in sync again after", Duration.ofNanos(System.nanoTime() - begun));
            });
    ordeal.settle(figures, outcome);
  }

  @Test
  void leader_whenItsVolumeIsReplacedByAnEmptyOne_thenAnotherGoesOnAndItCatchesUp(Figures figures) {
    var poor = ordeal.agents().leader();
    ordeal.storm().prepare();
    var outcome =
        ordeal
            .storm()
            .suffer(() -> {
              loseVolume(poor);
              ordeal.awaitWhole();
            });
    ordeal.settle(figures, outcome);
  }

  private void loseVolume(Pod pod) {
    var claims = lab.kubernetes().persistentVolumeClaims().inNamespace(lab.namespace());
    var claim = "data-" + pod.getMetadata().getName();
    var old = claims.withName(claim).get().getMetadata().getUid();
    claims.withName(claim).delete();
    lab.kubernetes().resource(pod).delete();
    await("another volume for " + pod.getMetadata().getName())
        .atMost(Duration.ofSeconds(120))
        .until(() -> {
          var now = claims.withName(claim).get();
          return now != null && !now.getMetadata().getUid().equals(old);
        });
  }

  @Test
  void allBrokers_whenTheyAreKilledAtOnce_thenTheyGoOnFromTheirDisks(Figures figures) {
    ordeal.storm().prepare();
    var outcome =
        ordeal
            .storm()
            .suffer(() ->
                CompletableFuture.allOf(
                        installation.brokers().stream()
                            .map(lab::processes)
                            .map(processes -> CompletableFuture.runAsync(processes::kill))
                            .toArray(CompletableFuture[]::new))
                    .join());
    ordeal.awaitWhole();
    ordeal.settle(figures, outcome);
  }

  @Test
  void allBrokers_whenTheirPodsAreDeletedAtOnce_thenTheyGoOnFromTheirDisks(Figures figures) {
    var before = uids();
    ordeal.storm().prepare();
    var outcome =
        ordeal
            .storm()
            .suffer(() -> {
              lab.kubernetes().resourceList(List.copyOf(installation.brokers())).delete();
              await("every broker to be a new one")
                  .atMost(Duration.ofSeconds(120))
                  .until(() -> uids().stream().noneMatch(before::contains));
            });
    ordeal.awaitWhole();
    ordeal.settle(figures, outcome);
  }

  @Test
  void kubernetesApi_whenItIsAwayForAMinute_thenNoClientNoticesAndAFailureMeanwhileIsHandledAfter(
      Figures figures) {
    var leader = ordeal.agents().leader();
    var processes = lab.processes(leader);
    var machines = lab.machines();
    ordeal.storm().prepare();
    var begun = System.nanoTime();
    machines.stopApi();
    try {
      var unnoticed =
          ordeal
              .storm()
              .ignore(() ->
                  await("a minute to pass")
                      .atMost(Duration.ofSeconds(90))
                      .until(
                          () -> Duration.ofNanos(System.nanoTime() - begun),
                          passed -> passed.toSeconds() >= 60));
      figures.record(
          "longest time without an acknowledgement while it was away", unnoticed.longest());
      var outcome =
          ordeal
              .storm()
              .suffer(() -> {
                processes.killContainer();
                machines.startApi();
              });
      ordeal.awaitWhole();
      ordeal.settle(figures, outcome);
    } finally {
      machines.startApi();
    }
  }

  private Set<String> uids() {
    return installation.brokers().stream()
        .map(pod -> pod.getMetadata().getUid())
        .collect(Collectors.toSet());
  }
}
