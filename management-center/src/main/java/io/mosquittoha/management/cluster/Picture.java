package io.mosquittoha.management.cluster;

import io.mosquittoha.management.cluster.Sight.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What several members tell, made into one.
 *
 * @param base the report that is believed: of the latest epoch, and of those the leader's own
 * @param reports all that there are
 * @param members all that there are or should be, by ordinal
 */
record Picture(Optional<Report> base, List<Report> reports, List<Sight.Member> members) {

  Picture {
    reports = List.copyOf(reports);
    members = List.copyOf(members);
  }

  /**
   * Whom to believe: whoever knows of a later epoch knows more, the leader knows best, and somebody
   * in sync better than somebody who only joins.
   */
  private static final Comparator<Report> CREDIBLE =
      Comparator.comparingLong(Report::epoch)
          .thenComparing(Report::leads)
          .thenComparing(report -> report.leader().isPresent())
          .thenComparing(
              report -> report.member(report.self()).map(Sight.Member::inSync).orElse(false))
          .thenComparing(Report::self, Place.BY_ORDINAL.reversed());

  /**
   * @param expected the names of those that there should be
   */
  static Picture of(Collection<Report> reports, Collection<String> expected) {
    var base = reports.stream().max(CREDIBLE);
    var members = new TreeMap<String, Sight.Member>(Place.BY_ORDINAL);
    expected.forEach(name -> members.put(name, missing(name)));
    base.ifPresent(it -> it.members().forEach(member -> members.put(member.name(), member)));
    reports.forEach(report ->
        report
            .member(report.self())
            .ifPresent(own -> members.merge(own.name(), own, Picture::together)));
    return new Picture(base, List.copyOf(reports), new ArrayList<>(members.values()));
  }

  /** A member as the believed report has it, and as it has itself. */
  private static Sight.Member together(Sight.Member told, Sight.Member own) {
    var answers = told.role() != Role.UNREACHABLE;
    return new Sight.Member(
        told.name(),
        // It is there, only not for the others, so it is not counted on.
        answers ? told.role() : Role.JOINING,
        answers && told.inSync(),
        own.address().isEmpty() ? told.address() : own.address(),
        own.position(),
        told.lagBytes(),
        own.version(),
        own.revision());
  }

  private static Sight.Member missing(String name) {
    return new Sight.Member(
        name, Role.UNREACHABLE, false, "", OptionalLong.empty(), OptionalLong.empty(), "", "");
  }

  Optional<String> leader() {
    return base.flatMap(Report::leader);
  }

  long epoch() {
    return base.map(Report::epoch).orElse(0L);
  }

  boolean serving() {
    return leader().isPresent() && base.map(Report::serving).orElse(false);
  }

  int required() {
    return base.map(Report::minInSync).orElse(1);
  }

  /** Members in sync that answer. */
  int inSync() {
    return (int)
        members.stream()
            .filter(member -> member.inSync() && member.role() != Role.UNREACHABLE)
            .count();
  }

  /** How many more may be lost; -1 if that is unknown. */
  int losses() {
    if (base.isEmpty()) {
      return -1;
    }
    return serving() ? Math.max(0, Math.min(inSync() - required(), members.size() - 1)) : 0;
  }
}
