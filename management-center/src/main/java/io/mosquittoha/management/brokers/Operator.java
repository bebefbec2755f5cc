package io.mosquittoha.management.brokers;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Sight;
import io.mosquittoha.management.cluster.Sight.Member;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.kubernetes.Workload;
import io.mosquittoha.management.web.Problem;
import java.util.Comparator;
import java.util.Optional;

/**
 * Does to brokers what interrupts as little as it can: a leader hands over before its pod ends, and
 * nothing is done that would stop service, unless that is wanted.
 */
final class Operator {

  private final Settings settings;
  private final Cluster cluster;
  private final Workload workload;

  Operator(Settings settings, Cluster cluster, Workload workload) {
    this.settings = settings;
    this.cluster = cluster;
    this.workload = workload;
  }

  Member member(String name) {
    return cluster.sight().members().stream()
        .filter(it -> it.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new Problem(404, "There is no broker of that name."));
  }

  /**
   * Restarts a broker's pod.
   *
   * @param force also if that stops service until it is back
   * @return a sentence about what was done
   */
  String restart(String name, boolean force) {
    var member = member(name);
    if (!force) {
      expectToBeSpared(member);
    }
    var handedTo = Optional.<String>empty();
    if (member.role() == Role.LEADER && anotherInSync(name)) {
      try {
        handedTo = Optional.of(cluster.moveLeader(Optional.empty()));
      } catch (Problem e) {
        if (!force) {
          throw e;
        }
      }
    }
    workload.restart(name);
    return handedTo
        .map(it -> "%s leads now; %s is being restarted.".formatted(it, name))
        .orElseGet(() -> "%s is being restarted.".formatted(name));
  }

  /** Restarts a broker's pod so that nobody has to do without: hands over first, or refuses. */
  String drain(String name) {
    var member = member(name);
    switch (settings.variant()) {
      case SINGLE ->
          throw new Problem(
              409,
              "mosquitto-single has no other broker that could take over. A restart interrupts its"
                  + " clients until it is back.");
      case AUTOSCALING ->
          throw new Problem(
              409,
              "Brokers of mosquitto-ha-autoscaling do not hand over to each other. A restart"
                  + " disconnects this one's clients, and HAProxy sends them to the others.");
      case HA -> {}
    }
    if (member.role() == Role.LEADER && !anotherInSync(name)) {
      throw new Problem(
          409,
          "No other broker is in sync, so none can take over. Wait until one is, or restart it and"
              + " interrupt its clients.");
    }
    return restart(name, false);
  }

  private boolean anotherInSync(String name) {
    return cluster.sight().members().stream()
        .anyMatch(it -> !it.name().equals(name) && it.inSync() && it.role() == Role.FOLLOWER);
  }

  private void expectToBeSpared(Member member) {
    if (settings.variant() == Variant.HA
        && member.inSync()
        && cluster.sight().reachable()
        && cluster.sight().losses() == 0) {
      throw new Problem(
          409,
          "Without %s too few brokers would be in sync, and service would stop until it is back."
                  .formatted(member.name())
              + " Wait until another one is in sync; or force it.");
    }
  }

  /**
   * Has so many brokers; if the leader is among those that go, one that stays takes over first.
   *
   * @return a sentence about what was done
   */
  String scale(int brokers) {
    var size = workload.size();
    var sight = cluster.sight();
    if (size.changeable() && sight.reachable() && brokers >= 1 && brokers < sight.minInSync()) {
      throw new Problem(
          409,
          "%d brokers have to be in sync for anything to be acknowledged, so there can't be %d"
                  .formatted(sight.minInSync(), brokers)
              + " only. Change replication.minInSync by helm upgrade first.");
    }
    if (size.changeable() && brokers >= size.least() && brokers <= size.most()) {
      sight.leader().filter(it -> ordinal(it) >= brokers).ifPresent(it -> handOver(sight, brokers));
    }
    workload.scale(brokers);
    return brokers == size.wanted()
        ? "There are %d brokers already.".formatted(brokers)
        : ("There are to be %d brokers instead of %d. Set broker.replicas=%d for the next helm"
                + " upgrade too.")
            .formatted(brokers, size.wanted(), brokers);
  }

  private void handOver(Sight sight, int brokers) {
    var stays =
        sight.members().stream()
            .filter(it -> ordinal(it.name()) < brokers && it.inSync() && it.role() == Role.FOLLOWER)
            .min(Comparator.comparingInt(it -> ordinal(it.name())))
            .orElseThrow(() ->
                new Problem(
                    409,
                    "%s leads and would go, and none of those that stay is in sync. Wait until"
                            .formatted(sight.leader().orElse(""))
                        + " one is."));
    cluster.moveLeader(Optional.of(stays.name()));
  }

  private static int ordinal(String name) {
    var digits = name.substring(name.lastIndexOf('-') + 1);
    return digits.matches("\\d{1,6}") ? Integer.parseInt(digits) : 0;
  }
}
