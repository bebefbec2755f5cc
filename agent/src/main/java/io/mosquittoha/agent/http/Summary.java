package io.mosquittoha.agent.http;

import io.mosquittoha.agent.http.Cluster.Role;
import io.mosquittoha.agent.http.Cluster.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One honest sentence about a cluster, for somebody who was woken up. */
final class Summary {

  private static final List<String> NUMBERS =
      List.of("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

  private Summary() {}

  /** What is most important comes first: who leads, whether it works, what a further loss does. */
  static String of(Cluster cluster) {
    var parts = new ArrayList<String>();
    if (cluster.members().isEmpty()) {
      return cluster.self() + " is starting";
    }
    if (cluster.leader().isEmpty()) {
      parts.add(
          cluster.id().isEmpty()
              ? "no cluster has been formed yet, and clients wait"
              : "nobody leads, and clients wait");
    } else {
      led(cluster, cluster.leader().get(), parts);
    }
    cluster
        .limitReached()
        .ifPresent(limit -> parts.add("new state is refused: there is more than " + limit));
    parts.addAll(troubles(cluster));
    return String.join("; ", parts);
  }

  private static void led(Cluster cluster, String leader, List<String> parts) {
    var all = cluster.members().size();
    var inSync =
        (int) cluster.members().stream().filter(Seen::inSync).filter(Seen::answers).count();
    var silent = !cluster.leads() && !cluster.serving();
    parts.add(
        silent
            ? "%s leads, but does not answer %s: clients may have to wait"
                .formatted(leader, cluster.self())
            : leader + " leads");
    if (all > 1) {
      parts.add("%d of %d in sync".formatted(inSync, all));
    }
    if (!silent) {
      parts.add(service(cluster, inSync));
      if (!cluster.synchronous() && all > 1) {
        parts.add("replication is asynchronous: a loss can lose what was acknowledged just before");
      }
    }
  }

  private static String service(Cluster cluster, int inSync) {
    if (inSync < cluster.required()) {
      return "nothing is acknowledged: only %d of the required %d members %s in sync"
          .formatted(inSync, cluster.required(), inSync == 1 ? "is" : "are");
    }
    if (cluster.leads() && !cluster.serving()) {
      return switch (cluster.broker()) {
        case DOWN, STARTING -> "clients wait: its broker is being started";
        case STANDBY -> "clients wait: its broker is about to be given the state";
        case RESTORING -> "clients wait: its broker is being given the state";
        case SERVING ->
            cluster.allowed()
                ? "clients wait: another member is to lead"
                : "nothing is acknowledged: too few members answer in time";
      };
    }
    if (cluster.members().size() == 1) {
      return "it is the only member: while it is away, there is no service";
    }
    var spare = inSync - cluster.required();
    return spare == 0
        ? "one more loss stops service"
        : "%s more %s survived, %s stop service"
            .formatted(number(spare), spare == 1 ? "loss is" : "losses are", number(spare + 1));
  }

  private static List<String> troubles(Cluster cluster) {
    var troubles = new ArrayList<String>();
    cluster.members().stream()
        .filter(member -> member.role() == Role.JOINING && cluster.leader().isPresent())
        .forEach(member -> troubles.add(member.name() + " is catching up"));
    cluster.members().stream()
        .filter(member -> !member.answers() && !cluster.leader().equals(Optional.of(member.name())))
        .forEach(member -> troubles.add(member.name() + " does not answer " + cluster.self()));
    return troubles;
  }

  private static String number(int number) {
    return number < NUMBERS.size() ? NUMBERS.get(number) : String.valueOf(number);
  }
}
