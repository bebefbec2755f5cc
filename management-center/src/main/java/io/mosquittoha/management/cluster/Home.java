package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.web.Figures;
import java.util.List;
import java.util.Optional;

/**
 * What the page Cluster shows.
 *
 * @param change the last change of leader, if one is known
 * @param headline what matters most, in a few words
 * @param tone how it stands: {@code ok}, {@code warn} or {@code bad}
 */
public record Home(
    Settings settings,
    Sight sight,
    ClusterMap map,
    Optional<Occurrence> change,
    String headline,
    String tone) {

  private static final List<String> NUMBERS =
      List.of("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine");

  static Home of(Settings settings, Sight sight, Optional<Occurrence> change) {
    return new Home(
        settings,
        sight,
        ClusterMap.of(settings, sight),
        change,
        headline(settings, sight),
        tone(sight));
  }

  private static String headline(Settings settings, Sight sight) {
    if (!sight.reachable()) {
      return settings.variant() == Variant.AUTOSCALING
          ? "No broker answers"
          : "No agent answers: nothing is known";
    }
    if (!sight.serving()) {
      return sight.leader().isEmpty() && settings.variant() == Variant.HA
          ? "Nobody leads: clients wait"
          : "No service: clients wait";
    }
    return switch (sight.losses()) {
      case -1 -> "Clients are served";
      case 0 ->
          sight.members().size() == 1
              ? "The only broker serves: while it is away, there is no service"
              : "One more loss stops service";
      case 1 -> "One more loss is survived";
      default ->
          "%s more losses are survived"
              .formatted(
                  sight.losses() < NUMBERS.size()
                      ? NUMBERS.get(sight.losses())
                      : String.valueOf(sight.losses()));
    };
  }

  private static String tone(Sight sight) {
    if (!sight.reachable()) {
      return "bad";
    }
    if (!sight.serving()
        || sight.issues().stream().anyMatch(it -> it.severity() == Sight.Severity.CRITICAL)) {
      return "bad";
    }
    return sight.losses() == 0 && sight.members().size() > 1
            || sight.issues().stream().anyMatch(it -> it.severity() == Sight.Severity.WARNING)
        ? "warn"
        : "ok";
  }

  public boolean led() {
    return settings.variant() == Variant.HA;
  }

  /** Whether there is a StatefulSet that can be asked to have more or fewer. */
  public boolean scales() {
    return inKubernetes() && settings.variant() != Variant.SINGLE;
  }

  /** Whether pods can be restarted; without a namespace it runs beside the brokers, for tries. */
  public boolean inKubernetes() {
    return !settings.namespace().isEmpty();
  }

  /** Whether a member could lead next. */
  public boolean canLead(Sight.Member member) {
    return led()
        && sight.members().size() > 1
        && member.role() == Sight.Role.FOLLOWER
        && member.inSync();
  }

  /** What a member does, for people. */
  public String role(Sight.Member member) {
    return switch (member.role()) {
      case LEADER -> led() ? "leader" : "serves";
      case FOLLOWER -> "follower";
      case JOINING -> "joining";
      case UNREACHABLE -> "does not answer";
      case ACTIVE -> "serves";
    };
  }

  /** The badge for it. */
  public String badge(Sight.Member member) {
    return switch (member.role()) {
      case LEADER -> led() ? "leader" : "ok";
      case FOLLOWER -> member.inSync() ? "follower" : "warn";
      case JOINING -> "wait";
      case UNREACHABLE -> "bad";
      case ACTIVE -> "ok";
    };
  }

  public String lag(Sight.Member member) {
    return member.lagBytes().isPresent() && member.role() != Sight.Role.LEADER
        ? Figures.bytes(member.lagBytes().getAsLong())
        : "";
  }

  public String kind(Sight.Issue issue) {
    return switch (issue.severity()) {
      case CRITICAL -> "bad";
      case WARNING -> "warn";
      case NOTE -> "info";
    };
  }

  /** The same in a word, because a colour says nothing to many. */
  public String word(Sight.Issue issue) {
    return switch (issue.severity()) {
      case CRITICAL -> "Critical";
      case WARNING -> "Warning";
      case NOTE -> "Note";
    };
  }

  /** How many issues are more than notes. */
  public long open() {
    return sight.issues().stream().filter(issue -> issue.severity() != Sight.Severity.NOTE).count();
  }

  /** What acknowledgements are worth here. */
  public String kept() {
    if (sight.replication().isEmpty()) {
      return "";
    }
    var where = sight.durability().equals("memory") ? "memory" : "disk";
    if (sight.members().size() == 1) {
      return "kept on " + where;
    }
    return sight.replication().equals("async")
        ? "asynchronous, " + where
        : "%s of %d members or more"
            .formatted(where.equals("disk") ? "on disks" : "in memory", sight.minInSync());
  }
}
