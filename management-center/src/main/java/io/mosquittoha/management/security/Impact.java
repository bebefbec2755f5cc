package io.mosquittoha.management.security;

import io.mosquittoha.management.cluster.ClientQuery;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Cluster.Client;
import io.mosquittoha.management.web.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whom a plan disconnects or cuts off.
 *
 * @param known whether anybody could say who is connected; if not, {@code sentence} says why
 * @param sentence all of it in short
 * @param connections how many clients are disconnected
 * @param clients some of them, those that lose something first
 */
public record Impact(boolean known, String sentence, int connections, List<Touched> clients) {

  private static final int PAGE = 10_000;
  private static final int FEW = 8;
  private static final int SHOWN = 50;

  /**
   * One client.
   *
   * @param loses what it can't do any more; "" if it just connects again
   */
  public record Touched(String id, String username, String address, String loses) {}

  static Impact of(Plan plan, Cluster cluster) {
    if (plan.commands().isEmpty()) {
      return new Impact(true, "Nothing changes.", 0, List.of());
    }
    if (plan.kicked().isEmpty()) {
      return new Impact(true, quiet(plan), 0, List.of());
    }
    List<Client> connected;
    try {
      connected = connected(plan.kicked(), cluster);
    } catch (Problem e) {
      return new Impact(
          false,
          "It disconnects all clients of %s. Which are connected now, nobody can say: %s"
              .formatted(names(plan.kicked()), e.getMessage()),
          0,
          List.of());
    }
    if (connected.isEmpty()) {
      return new Impact(
          true,
          "Nobody is disconnected: no client of %s is connected.".formatted(names(plan.kicked())),
          0,
          List.of());
    }
    var touched = new ArrayList<Touched>();
    int cut = 0;
    for (var client : connected) {
      var loses = touched.size() < 10 * SHOWN ? loses(plan, client, cluster) : "";
      cut += loses.isEmpty() ? 0 : 1;
      touched.add(new Touched(client.id(), client.username(), client.address(), loses));
    }
    touched.sort((one, other) -> Boolean.compare(one.loses.isEmpty(), other.loses.isEmpty()));
    int count = connected.size();
    var sentence =
        "%s disconnected%s."
            .formatted(
                count == 1 ? "1 client is" : count + " clients are",
                cut == 0
                    ? " for a moment, and can connect again"
                    : cut == count
                        ? count == 1
                            ? ", and loses something for good"
                            : ", and all of them lose something for good"
                        : "; %d of them %s something for good, the others can connect again"
                            .formatted(cut, cut == 1 ? "loses" : "lose"));
    return new Impact(
        true, sentence, count, List.copyOf(touched.subList(0, Math.min(SHOWN, touched.size()))));
  }

  Impact and(Optional<String> more) {
    return new Impact(
        known, more.map(words -> sentence + " " + words).orElse(sentence), connections, clients);
  }

  private static String quiet(Plan plan) {
    return plan.before().defaults().equals(plan.after().defaults())
        ? "Nobody is disconnected."
        : "Nobody is disconnected. What no rule covers is decided the new way at once, for clients"
            + " that are connected too.";
  }

  private static List<Client> connected(Set<String> usernames, Cluster cluster) {
    var found = new ArrayList<Client>();
    if (usernames.size() <= FEW && !usernames.contains("")) {
      for (var username : usernames) {
        collect(username, Set.of(username), cluster, found);
      }
    } else {
      collect("", usernames, cluster, found);
    }
    return found;
  }

  private static void collect(
      String search, Set<String> usernames, Cluster cluster, List<Client> found) {
    for (int offset = 0; ; offset += PAGE) {
      var page =
          cluster.clients(
              new ClientQuery(
                  search,
                  ClientQuery.Presence.CONNECTED,
                  ClientQuery.Order.ARRIVAL,
                  false,
                  offset,
                  PAGE));
      page.clients().stream()
          .filter(client -> usernames.contains(client.username()))
          .forEach(found::add);
      if (!page.more() || page.clients().isEmpty()) {
        return;
      }
    }
  }

  private static String loses(Plan plan, Client client, Cluster cluster) {
    var refusal = AclDecision.refusal(plan.after(), client.username(), client.id());
    if (refusal.isPresent()) {
      return "can't connect again: " + refusal.get();
    }
    if (plan.passwords().contains(client.username())) {
      return "needs the new password";
    }
    try {
      for (var subscription : cluster.subscriptions(client.id())) {
        var question =
            new Question(client.username(), client.id(), Action.SUBSCRIBE, subscription.filter());
        var now = AclDecision.decide(plan.after(), question);
        if (!now.allowed() && AclDecision.decide(plan.before(), question).allowed()) {
          return "may not subscribe to '%s' any more".formatted(subscription.filter());
        }
        var message =
            new Question(client.username(), client.id(), Action.RECEIVE, subscription.filter());
        if (lost(plan, message)) {
          return "gets no messages of '%s' any more".formatted(subscription.filter());
        }
      }
    } catch (Problem e) {
      // Then it is not said; that it is disconnected is.
    }
    return "";
  }

  private static boolean lost(Plan plan, Question question) {
    return Optional.of(question)
        .filter(asked -> Topics.faultOfTopic(asked.topic()).isEmpty())
        .filter(asked -> AclDecision.decide(plan.before(), asked).allowed())
        .filter(asked -> !AclDecision.decide(plan.after(), asked).allowed())
        .isPresent();
  }

  private static String names(Set<String> usernames) {
    var some =
        usernames.stream()
            .limit(FEW)
            .map(name -> name.isEmpty() ? "nobody in particular (anonymous)" : "'" + name + "'")
            .toList();
    return String.join(", ", some)
        + (usernames.size() > FEW ? " and " + (usernames.size() - FEW) + " more" : "");
  }
}
