package io.mosquittoha.management.cluster;

import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Reply;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The page Failover timeline, and its export. */
public final class TimelineRoom implements Room {

  private static final int PAGE = 50;
  private static final int MOST = 10_000;
  private static final Map<String, Duration> RANGES = ranges();

  private final Timeline timeline;

  public TimelineRoom(Timeline timeline) {
    this.timeline = timeline;
  }

  private static Map<String, Duration> ranges() {
    var ranges = new LinkedHashMap<String, Duration>();
    ranges.put("1h", Duration.ofHours(1));
    ranges.put("24h", Duration.ofHours(24));
    ranges.put("7d", Duration.ofDays(7));
    ranges.put("30d", Duration.ofDays(30));
    ranges.put("90d", Duration.ofDays(90));
    return ranges;
  }

  @Override
  public void open(Routes routes) {
    routes.page(
        "/timeline", Role.VIEWER, visit -> visit.render("cluster/timeline.jte", page(visit)));
    routes.page(
        "/parts/timeline/list",
        Role.VIEWER,
        visit -> visit.render("cluster/occurrences.jte", page(visit)));
    routes.get(
        "/api/v1/timeline",
        Role.VIEWER,
        "List what happened to the cluster, the latest first: kind (leader for all changes of"
            + " leader), member, from and to (ISO 8601) or range (1h, 24h, 7d, 30d, 90d), offset,"
            + " limit.",
        Occurrence[].class,
        visit -> visit.json(timeline.find(query(visit, "90d", MOST))));
    routes.get(
        "/api/v1/timeline.csv",
        Role.VIEWER,
        "The same as /api/v1/timeline, as CSV.",
        Reply.file("text/csv"),
        visit -> csv(visit, timeline.find(query(visit, "90d", MOST))));
  }

  private Map<String, ?> page(Visit visit) {
    var query = query(visit, "7d", PAGE);
    var found = timeline.find(query);
    var longest =
        found.stream()
            .mapToLong(it -> it.outageMs() + it.clientsBackMs().orElse(0))
            .max()
            .orElse(0);
    var rows =
        found.stream()
            .map(it -> {
              var phases = it.changesLeader() ? Phase.of(it) : List.<Phase>of();
              return new TimelinePage.Row(it, phases, TimelinePage.bars(phases, longest));
            })
            .toList();
    var changes =
        timeline.find(
            new Timeline.Query("leader", query.member(), query.from(), query.to(), 0, MOST));
    return Map.of(
        "timeline",
        new TimelinePage(
            query.kind(),
            query.member(),
            range(visit, "7d"),
            query.offset(),
            PAGE,
            timeline.count(query),
            rows,
            timeline.distinct(true),
            timeline.distinct(false),
            TimelinePage.Statistics.of(changes)));
  }

  private static String range(Visit visit, String otherwise) {
    var range = visit.query("range");
    if (!range.isEmpty() && !RANGES.containsKey(range)) {
      throw new Problem(400, "range is one of " + String.join(", ", RANGES.keySet()) + ".");
    }
    return range.isEmpty() ? otherwise : range;
  }

  private static Timeline.Query query(Visit visit, String range, int limit) {
    var now = Instant.now();
    var from = visit.query("from");
    var to = visit.query("to");
    return new Timeline.Query(
        visit.query("kind"),
        visit.query("member"),
        from.isEmpty() ? now.minus(RANGES.get(range(visit, range))) : time("from", from),
        // Members' clocks may be ahead of this one.
        to.isEmpty() ? now.plus(Duration.ofDays(1)) : time("to", to),
        number(visit, "offset", 0),
        Math.min(limit, number(visit, "limit", limit)));
  }

  private static Instant time(String name, String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new Problem(400, name + " is a time like 2026-11-25T17:00:00Z.");
    }
  }

  private static int number(Visit visit, String name, int otherwise) {
    var text = visit.query(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.matches("\\d{1,8}")) {
      throw new Problem(400, name + " is a number from 0 on.");
    }
    return Integer.parseInt(text);
  }

  private static void csv(Visit visit, List<Occurrence> occurrences) {
    visit
        .context()
        .contentType("text/csv; charset=utf-8")
        .header("Content-Disposition", "attachment; filename=\"timeline.csv\"")
        .result(Csv.of(occurrences));
  }
}
