package io.mosquittoha.agent.http;

import io.mosquittoha.agent.http.Cluster.Role;
import io.mosquittoha.agent.http.Cluster.Seen;
import java.util.ArrayList;
import java.util.List;

/** One honest sentence about a cluster, for somebody who was woken up. */
final class Summary {

  private static final List<String> NUMBERS =
      List.of("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

  private Summary() {}

  /** What is most important comes first: who leads, whether it works, what a further loss does. */
  static String of(Cluster cluster) {
    var parts = new ArrayList<String>();
    parts.add(leader(cluster));
    if (cluster.leader().isPresent()) {
      var inSync = cluster.members().stream().filter(Seen::inSync).toList();
      if (cluster.members().size() > 1) {
        parts.add("%d of %d in sync".formatted(inSync.size(), cluster.members().size()));
      }
      parts.add(service(cluster, inSync));
      if (!cluster.synchronous() && cluster.members().size() > 1) {
        parts.add("replication is asynchronous: a loss can lose what was acknowledged just before");
      }
    }
    cluster
        .limitReached()
        .ifPresent(limit -> parts.add("new state is refused: there is more than " + limit));
    parts.addAll(troubles(cluster));
    return String.join("; ", parts);
  }

  private static String leader(Cluster cluster) {
    if (cluster.members().isEmpty()) {
      return cluster.self() + " is starting";
    }
    if (cluster.leader().isPresent()) {
      return cluster.leader().get() + " leads";
    }
    return cluster.id().isEmpty()
        ? "no cluster has been formed yet, and clients wait"
        : "nobody leads, and clients wait";
  }

  private static String service(Cluster cluster, List<Seen> inSync) {
    var answering = (int) inSync.stream().filter(Seen::answers).count();
    if (cluster.leads() && !cluster.serving() || answering < cluster.required()) {
      if (answering < cluster.required()) {
        return "nothing is acknowledged: only %d of the required %d members %s in sync"
            .formatted(answering, cluster.required(), answering == 1 ? "is" : "are");
      }
      return switch (cluster.broker()) {
        case DOWN, STARTING -> "clients wait: its broker is being started";
        case STANDBY -> "clients wait: its broker is about to be given the state";
        case RESTORING -> "clients wait: its broker is being given the state";
        case SERVING ->
            cluster.allowed()
                ? "clients wait: the leader is being moved"
                : "nothing is acknowledged: too few members answer in time";
      };
    }
    if (!cluster.leads() && !cluster.serving()) {
      return "it does not answer %s".formatted(cluster.self());
    }
    return losses(cluster, answering);
  }

  private static String losses(Cluster cluster, int answering) {
    var spare = answering - cluster.required();
    if (cluster.members().size() == 1) {
      return "it is the only member: while it is away, there is no service";
    }
    return spare <= 0
        ? "one more loss stops service"
        : "%s more %s survived, %s stop service"
            .formatted(
                number(spare), spare == 1 ? "loss is" : "losses are", number(spare + 1));
  }

  private static List<String> troubles(Cluster cluster) {
    var troubles = new ArrayList<String>();
    cluster.members().stream()
        .filter(member -> member.role() == Role.JOINING && cluster.leader().isPresent())
        .forEach(member -> troubles.add(member.name() + " is catching up"));
    cluster.members().stream()
        .filter(member -> !member.answers())
        .forEach(
            member ->
                troubles.add(member.name() + " does not answer " + cluster.self()));
    return troubles;
  }

  private static String number(int number) {
    return number < NUMBERS.size() ? NUMBERS.get(number) : String.valueOf(number);
  }
}
