package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.cluster.Sight.Issue;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.cluster.Sight.Severity;
import io.mosquittoha.management.web.Figures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The rules that say what somebody should do something about. What is over by itself in a moment is
 * no issue, so most of them have to last. For one thread.
 */
final class Issues {

  private static final Duration MOMENT = Duration.ofSeconds(3);
  private static final Duration AWAY = Duration.ofSeconds(5);
  private static final Duration JOINING = Duration.ofMinutes(1);
  private static final Duration ROLLING = Duration.ofMinutes(10);
  private static final Duration WINDOW = Duration.ofSeconds(30);
  private static final long MUCH = 1 << 20;

  /**
   * What there is to judge.
   *
   * @param troubles why members do not answer here, by name
   * @param refused records that brokers refused when they were given the state, by name
   */
  record Evidence(
      Instant at,
      Picture picture,
      Map<String, String> troubles,
      Map<String, Long> refused,
      List<Sight.Proxy> proxies,
      Optional<Sight.Load> load) {}

  private record Lag(Instant at, long bytes) {}

  private final Settings settings;
  private final Endurance endurance = new Endurance();
  private final Map<String, Deque<Lag>> lags = new HashMap<>();

  Issues(Settings settings) {
    this.settings = settings;
  }

  /** Worst first. */
  List<Issue> judge(Evidence evidence, List<Issue> others) {
    endurance.begin(evidence.at());
    var issues = new ArrayList<>(others);
    if (settings.variant() == Variant.AUTOSCALING) {
      many(evidence, issues);
    } else if (evidence.picture().base().isEmpty()) {
      silence(evidence, issues);
    } else {
      service(evidence, issues);
      members(evidence, issues);
      disagreement(evidence, issues);
      state(evidence, issues);
      choices(evidence, issues);
    }
    proxies(evidence, issues);
    issues.sort(Comparator.comparing(Issue::severity));
    return issues;
  }

  // Whether it works.

  private void silence(Evidence evidence, List<Issue> issues) {
    if (endurance.lasts("silence", Duration.ofSeconds(2))) {
      issues.add(
          critical(
              "No broker's agent answers: "
                  + evidence.troubles().entrySet().stream()
                      .map(trouble -> trouble.getKey() + ": " + trouble.getValue())
                      .collect(Collectors.joining("; ")),
              "See whether the pods run. If they do, a NetworkPolicy or DNS keeps this application"
                  + " from port "
                  + settings.agentPort()
                  + "; clients may be served all the same.",
              kubectl("get pods")));
    }
  }

  private void service(Evidence evidence, List<Issue> issues) {
    var picture = evidence.picture();
    if (picture.leader().isEmpty()) {
      if (endurance.lasts("no leader", MOMENT)) {
        issues.add(
            critical(
                "Nobody leads, and clients wait.",
                "A member that was in sync has to be back, and the Kubernetes API has to answer:"
                    + " who leads is decided there. Look at the pods, and at their logs.",
                kubectl("get pods")));
      }
      return;
    }
    if (picture.inSync() < picture.required()) {
      if (endurance.lasts("too few", MOMENT)) {
        issues.add(
            critical(
                "Nothing is acknowledged: %d of the required %d members are in sync."
                    .formatted(picture.inSync(), picture.required()),
                "Bring members back. Nothing is lost meanwhile; clients wait.",
                kubectl("get pods")));
      }
    } else if (!picture.serving()) {
      if (endurance.lasts("not serving", MOMENT)) {
        issues.add(
            critical(
                picture
                    .base()
                    .map(Report::summary)
                    .filter(it -> !it.isEmpty())
                    .orElse("Clients wait."),
                "If it stays so for more than half a minute, let another member lead, or delete the"
                    + " leader's pod: the others take over."));
      }
    } else if (picture.losses() == 0 && picture.members().size() > 1) {
      var missing =
          picture.members().stream()
              .filter(member -> !member.inSync() || member.role() == Role.UNREACHABLE)
              .map(Sight.Member::name)
              .toList();
      if (endurance.lasts("no spare", MOMENT)) {
        issues.add(
            warning(
                "One more loss stops service.",
                missing.isEmpty()
                    ? "Run more brokers than minInSync, which is %d.".formatted(picture.required())
                    : "Bring back %s.".formatted(String.join(", ", missing)),
                missing.isEmpty()
                    ? "helm upgrade --reuse-values --set broker.replicas=%d"
                        .formatted(picture.required() + 1)
                    : kubectl("describe pod " + missing.get(0))));
      }
    }
  }

  // Each member.

  private void members(Evidence evidence, List<Issue> issues) {
    var picture = evidence.picture();
    for (var member : picture.members()) {
      var name = member.name();
      switch (member.role()) {
        case UNREACHABLE -> {
          if (endurance.lasts("away " + name, AWAY)) {
            issues.add(
                warning(
                    endurance.of("away " + name).toMinutes() == 0
                        ? name + " does not answer."
                        : "%s has not answered for %s."
                            .formatted(name, said(endurance.of("away " + name))),
                    "The pod's events say why; its log of before (logs --previous) has its last"
                        + " words.",
                    kubectl("describe pod " + name)));
          }
        }
        case JOINING -> {
          if (endurance.lasts("joining " + name, JOINING)) {
            issues.add(
                warning(
                    "%s has been joining for %s and is not in sync%s."
                        .formatted(
                            name,
                            said(endurance.of("joining " + name)),
                            member.lagBytes().isPresent()
                                ? ", " + Figures.bytes(member.lagBytes().getAsLong()) + " behind"
                                : ""),
                    "Its log says what it waits for. A slow volume or network keeps it behind; a"
                        + " smaller load lets it catch up.",
                    kubectl("logs " + name)));
          }
        }
        default -> {
          if (evidence.troubles().containsKey(name) && endurance.lasts("unseen " + name, AWAY)) {
            issues.add(
                note(
                    "%s answers the other members, but not this application: %s."
                        .formatted(name, evidence.troubles().get(name)),
                    "Clients are not affected. A NetworkPolicy or DNS keeps this application from"
                        + " port "
                        + settings.agentPort()
                        + " of that pod."));
          }
        }
      }
      behind(evidence.at(), member, issues);
    }
    lags.keySet().retainAll(picture.members().stream().map(Sight.Member::name).toList());
    differ(picture, "versions", "agent versions", Sight.Member::version, issues);
    differ(picture, "revisions", "revisions of the StatefulSet", Sight.Member::revision, issues);
  }

  private void behind(Instant now, Sight.Member member, List<Issue> issues) {
    if (member.lagBytes().isEmpty() || member.role() == Role.LEADER) {
      lags.remove(member.name());
      return;
    }
    var history = lags.computeIfAbsent(member.name(), it -> new ArrayDeque<>());
    history.addLast(new Lag(now, member.lagBytes().getAsLong()));
    while (history.size() > 1
        && Duration.between(history.getFirst().at(), now).compareTo(WINDOW) > 0) {
      history.removeFirst();
    }
    var first = history.getFirst();
    var last = history.getLast();
    var least = history.stream().mapToLong(Lag::bytes).min().orElse(0);
    var watched = Duration.between(first.at(), now).compareTo(WINDOW.dividedBy(2)) > 0;
    if (watched && least >= MUCH && last.bytes() > first.bytes() + first.bytes() / 5) {
      issues.add(
          warning(
              "%s falls behind: %s, and growing."
                  .formatted(member.name(), Figures.bytes(last.bytes())),
              "It writes or receives less than the leader is given. Compare volumes and nodes of"
                  + " the members, or lower the load; past agent.lagLimit it is no longer waited"
                  + " for."));
    }
  }

  private void differ(
      Picture picture,
      String key,
      String what,
      Function<Sight.Member, String> value,
      List<Issue> issues) {
    var values = new TreeMap<String, String>();
    for (var member : picture.members()) {
      if (!value.apply(member).isEmpty()) {
        values.merge(value.apply(member), member.name(), (before, more) -> before + ", " + more);
      }
    }
    if (values.size() > 1 && endurance.lasts(key, MOMENT)) {
      var stalls = endurance.lasts(key, ROLLING);
      issues.add(
          new Issue(
              stalls ? Severity.WARNING : Severity.NOTE,
              "Members have different %s: %s."
                  .formatted(
                      what,
                      values.entrySet().stream()
                          .map(it -> it.getKey() + " (" + it.getValue() + ")")
                          .collect(Collectors.joining(", "))),
              stalls
                  ? "The upgrade stands still; the StatefulSet's status says where."
                  : "An upgrade goes on. It is done when all have the same.",
              stalls ? kubectl("rollout status statefulset " + settings.statefulSet()) : ""));
    }
  }

  // Who tells something else.

  private void disagreement(Evidence evidence, List<Issue> issues) {
    var picture = evidence.picture();
    for (var report : picture.reports()) {
      var other =
          report.leader().isPresent() && !report.leader().equals(picture.leader())
              || report.leads() && report.epoch() < picture.epoch();
      if (other && endurance.lasts("differs " + report.self(), MOMENT)) {
        issues.add(
            warning(
                "%s still says that %s leads, in epoch %d; %s leads in epoch %d."
                    .formatted(
                        report.self(),
                        report.leader().orElse("nobody"),
                        report.epoch(),
                        picture.leader().orElse("nobody"),
                        picture.epoch()),
                "It does not hear from the others or from the Kubernetes API: look at its node's"
                    + " network. It acknowledges nothing."));
      }
    }
    var answering = picture.reports().stream().map(Report::self).toList();
    var blind = new TreeSet<String>();
    for (var report : picture.reports()) {
      for (var name : answering) {
        var unseen = report.member(name).map(it -> it.role() == Role.UNREACHABLE).orElse(false);
        if (unseen && endurance.lasts("blind " + report.self() + " " + name, AWAY)) {
          blind.add(report.self() + " does not see " + name);
        }
      }
    }
    if (!blind.isEmpty()) {
      issues.add(
          warning(
              "Members do not reach each other, though all answer here: "
                  + String.join("; ", blind)
                  + ".",
              "Something is between their pods on port 7000: a NetworkPolicy, a node's network, or"
                  + " certificates that the other side does not accept; their logs say which."));
    }
  }

  // The state and how it is kept.

  private void state(Evidence evidence, List<Issue> issues) {
    evidence
        .load()
        .filter(load -> load.stateLimit() > 0)
        .ifPresent(load -> {
          var size = Figures.bytes(load.stateBytes()) + " of " + Figures.bytes(load.stateLimit());
          var fix =
              "Delete sessions that nobody needs and retained messages, or give agents more: raise"
                  + " agent.stateLimit together with their memory.";
          if (load.stateBytes() > load.stateLimit()) {
            issues.add(critical("New state is refused: it takes " + size + ".", fix));
          } else if (load.stateBytes() > load.stateLimit() / 5 * 4) {
            issues.add(
                warning("The state takes " + size + "; beyond that, new state is refused.", fix));
          }
        });
    evidence
        .load()
        .filter(load -> load.held() > 0 && endurance.lasts("held", MOMENT))
        .ifPresent(load ->
            issues.add(
                warning(
                    "%d connections wait for a leader.".formatted(load.held()),
                    "They go on when one serves. If one does, the member that holds them does not"
                        + " reach it: look at its log.")));
    evidence
        .refused()
        .forEach((name, count) -> {
          if (count > 0) {
            issues.add(
                critical(
                    "%s's broker refused %d records when it was given the state: something may be lost."
                        .formatted(name, count),
                    "That is a fault of Mosquitto HA: keep the log, and report it.",
                    kubectl("logs " + name)));
          }
        });
  }

  private static void choices(Evidence evidence, List<Issue> issues) {
    var several = evidence.picture().members().size() > 1;
    evidence
        .picture()
        .base()
        .ifPresent(base -> {
          if (base.replication().equals("async") && several) {
            issues.add(
                note(
                    "Replication is asynchronous: a loss can lose what was acknowledged just"
                        + " before.",
                    "If that is not meant, choose sync.",
                    "helm upgrade --reuse-values --set replication.mode=sync"));
          }
          if (base.durability().equals("memory")) {
            issues.add(
                note(
                    several
                        ? "The state is kept in memory: it is gone if all members end together."
                        : "The state is kept in memory: it is gone when the broker's pod ends.",
                    "If that is not meant, choose disk.",
                    "helm upgrade --reuse-values --set agent.durability=disk"));
          }
        });
  }

  // Around it.

  private void proxies(Evidence evidence, List<Issue> issues) {
    if (settings.proxies().isEmpty()) {
      return;
    }
    if (evidence.proxies().stream().noneMatch(Sight.Proxy::answers)) {
      if (endurance.lasts("no proxy", AWAY)) {
        issues.add(
            warning(
                "No HAProxy answers here, so clients may have no way in.",
                "See whether its pods run. If they do, a NetworkPolicy keeps this application from"
                    + " port 8404.",
                kubectl("get deployment " + settings.proxies())));
      }
      return;
    }
    for (var proxy : evidence.proxies()) {
      var many = settings.variant() == Variant.AUTOSCALING;
      var serving = many || evidence.picture().serving();
      if (proxy.answers()
          && serving
          && proxy.leaders() == 0
          && endurance.lasts("blind proxy " + proxy.address(), AWAY)) {
        issues.add(
            critical(
                many
                    ? "HAProxy %s sees no broker.".formatted(proxy.address())
                    : "HAProxy %s does not see the leader, though there is one."
                        .formatted(proxy.address()),
                "It asks brokers on port 7070 and finds them by DNS: look at its log, at DNS, and"
                    + " at NetworkPolicies."
                    + (proxy.usable() > 0
                        ? " Clients still come in by way of %d other brokers."
                            .formatted(proxy.usable())
                        : "")));
      }
      if (proxy.leaders() > 1 && !many && endurance.lasts("torn proxy " + proxy.address(), AWAY)) {
        issues.add(
            critical(
                "HAProxy %s sees %d leaders.".formatted(proxy.address(), proxy.leaders()),
                "One of them is deposed and does not know it yet; it acknowledges nothing. If this"
                    + " lasts, delete the pod that is not %s."
                        .formatted(evidence.picture().leader().orElse("the leader"))));
      }
    }
  }

  private void many(Evidence evidence, List<Issue> issues) {
    var members = evidence.picture().members();
    var active = members.stream().filter(member -> member.role() == Role.ACTIVE).count();
    if (active == 0 && endurance.lasts("no broker", MOMENT)) {
      issues.add(critical("No broker answers.", "See whether the pods run.", kubectl("get pods")));
    }
    for (var member : members) {
      if (active > 0
          && member.role() == Role.UNREACHABLE
          && endurance.lasts("away " + member.name(), AWAY)) {
        issues.add(
            warning(
                "%s does not answer: %s."
                    .formatted(
                        member.name(),
                        evidence.troubles().getOrDefault(member.name(), "no answer")),
                "The pod's events say why.",
                kubectl("describe pod " + member.name())));
      }
    }
  }

  // Words.

  private String kubectl(String what) {
    return settings.namespace().isEmpty()
        ? "kubectl " + what
        : "kubectl -n %s %s".formatted(settings.namespace(), what);
  }

  private static Issue critical(String what, String fix, String command) {
    return new Issue(Severity.CRITICAL, what, fix, command);
  }

  private static Issue critical(String what, String fix) {
    return critical(what, fix, "");
  }

  private static Issue warning(String what, String fix, String command) {
    return new Issue(Severity.WARNING, what, fix, command);
  }

  private static Issue warning(String what, String fix) {
    return warning(what, fix, "");
  }

  private static Issue note(String what, String fix, String command) {
    return new Issue(Severity.NOTE, what, fix, command);
  }

  private static Issue note(String what, String fix) {
    return note(what, fix, "");
  }

  /** Coarse, so that a page is not another one each second. */
  static String said(Duration duration) {
    if (duration.toHours() > 0) {
      return "%d h %d min".formatted(duration.toHours(), duration.toMinutesPart());
    }
    if (duration.toMinutes() > 0) {
      return "%d min".formatted(duration.toMinutes());
    }
    return "less than a minute";
  }
}
