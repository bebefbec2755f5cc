package io.mosquittoha.certification;

import io.fabric8.kubernetes.api.model.Pod;
import io.mosquittoha.certification.lab.Agents;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Turn;
import io.mosquittoha.certification.ledger.Storm;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.report.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A release of {@code mosquitto-ha} in a storm of clients: blow after blow, and a judgement after
 * each.
 */
final class Ordeal implements AutoCloseable {

  /** After a full restart HAProxy needs some seconds to find brokers that have new addresses. */
  static final Duration WILL_GRACE = Duration.ofSeconds(10);

  /** Values that every release in an ordeal has. */
  static final String VALUES =
      """
      broker:
        terminationGracePeriodSeconds: 10
        # A frozen pod is to wake up by itself.
        livenessProbe: {periodSeconds: 10, failureThreshold: 6}
      agent: {willGrace: %ds}
      """
          .formatted(WILL_GRACE.toSeconds());

  private static final String FIRST_ACKNOWLEDGEMENT = "outage until the first acknowledgement";

  private final Installation installation;
  private final Agents agents;
  private final Storm storm;

  Ordeal(Installation installation) {
    this(installation, installation.dial());
  }

  Ordeal(Installation installation, Dial dial) {
    this.installation = installation;
    agents = installation.agents();
    awaitWhole();
    storm = Storm.begin(dial, installation.login("admin"), WILL_GRACE);
  }

  Agents agents() {
    return agents;
  }

  Storm storm() {
    return storm;
  }

  /** Waits until all pods are ready, and all brokers in sync. */
  void awaitWhole() {
    installation.awaitWhole();
    agents.awaitFormed();
  }

  /**
   * Deals a blow to the leader several times, which has to cost it its place, and judges after each
   * time; after the last one wills and mail as well.
   */
  void failover(int times, Figures figures, Consumer<Pod> blow) {
    var outages = new ArrayList<Duration>();
    var turns = new ArrayList<Turn>();
    for (var i = 1; i <= times; i++) {
      awaitWhole();
      var epoch = agents.awaitFormed().epoch();
      if (i == times) {
        storm.prepare();
      }
      var leader = agents.leader();
      outages.addAll(storm.suffer(() -> blow.accept(leader)).outages());
      if (i == times) {
        storm.settleAll(this::expectEqual);
      } else {
        storm.settle(this::expectEqual);
      }
      turns.addAll(agents.since(epoch));
    }
    figures.record(FIRST_ACKNOWLEDGEMENT, outages);
    recordPhases(figures, turns);
    recordLedger(figures);
  }

  /** Has all brokers come together, and compares what they have. */
  void expectEqual() {
    agents.awaitFormed();
    agents.expectEqual();
  }

  /** Judges everything, and records what clients lived through. */
  void settle(Figures figures, Storm.Outcome outcome) {
    storm.settleAll(this::expectEqual);
    if (!outcome.outages().isEmpty()) {
      figures.record(FIRST_ACKNOWLEDGEMENT, outcome.outages());
    }
    figures.record("longest time without an acknowledgement", outcome.longest());
    recordLedger(figures);
  }

  void recordLedger(Figures figures) {
    figures.record("messages acknowledged so far, none lost", storm.acknowledged(), "");
    figures.record("changes of accounts acknowledged so far", storm.accountChanges(), "");
    figures.record("messages of QoS 1 repeated so far", storm.repeated(), "");
  }

  /** How long each part of failing over took, as the agents tell it. */
  static void recordPhases(Figures figures, List<Turn> turns) {
    var phases = new TreeMap<String, List<Duration>>();
    turns.stream()
        .filter(Turn::movesTheLeader)
        .flatMap(turn -> turn.phases().entrySet().stream())
        .forEach(phase ->
            phases
                .computeIfAbsent(phase.getKey(), name -> new ArrayList<>())
                .add(phase.getValue()));
    phases.forEach((name, samples) -> figures.record("phase " + name, samples));
  }

  @Override
  public void close() {
    storm.close();
  }
}
