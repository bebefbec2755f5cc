package io.mosquittoha.management.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Figures over time: the page with charts, and the figures as JSON. */
public final class MetricsRoom implements Room, AutoCloseable {

  /** What figures may take on the disk. */
  private static final long LIMIT = 64L << 20;

  private static final int POINTS = 600;
  private static final Duration SHOWN = Duration.ofMinutes(15);

  private final History history;
  private final Marks marks;
  private final Collector collector;
  private final InstantSource clock;

  /**
   * @param topics what brokers publish about themselves; asked only where there are no agents
   */
  public MetricsRoom(
      Settings settings,
      Store store,
      Events events,
      Cluster cluster,
      BrokerTopics topics,
      Marks marks) {
    clock = InstantSource.system();
    history = new History(store, settings.history(), LIMIT);
    this.marks = marks;
    collector = new Collector(cluster, topics, history, events, clock);
  }

  /** Begins to collect. */
  public void start() {
    collector.start();
  }

  /** Bytes that figures take on the disk, roughly. */
  public long bytes() {
    return history.bytes();
  }

  /** When the oldest figure is from. */
  public Optional<Instant> since() {
    return history.since();
  }

  @Override
  public void close() {
    collector.close();
  }

  @Override
  public void open(Routes routes) {
    routes.page(
        "/metrics-history",
        Role.VIEWER,
        visit -> visit.render("metrics/history.jte", Map.of("groups", groups())));
    routes.get(
        "/api/v1/metrics",
        Role.VIEWER,
        "Give figures over time: from and to (seconds since 1970 or ISO 8601; the last 15 minutes"
            + " unless told), member and figure (several, separated by commas; all unless told).",
        Answer.class,
        visit -> visit.json(answer(visit)));
    routes.get(
        "/api/v1/metrics/figures",
        Role.VIEWER,
        "List the figures that are kept.",
        Description[].class,
        visit -> visit.json(descriptions()));
  }

  private static Map<Figure.Group, List<Figure>> groups() {
    var groups = new EnumMap<Figure.Group, List<Figure>>(Figure.Group.class);
    for (var figure : Figure.values()) {
      groups.computeIfAbsent(figure.group(), it -> new ArrayList<>()).add(figure);
    }
    return groups;
  }

  /** What a figure is. */
  record Description(String figure, String group, String title, String explanation, String unit) {}

  private static List<Description> descriptions() {
    return List.of(Figure.values()).stream()
        .map(it ->
            new Description(
                it.id(), it.group().title(), it.title(), it.explanation(), it.unit().id()))
        .toList();
  }

  /**
   * Figures over time.
   *
   * @param since when the oldest that is kept is from
   * @param step seconds between two values
   */
  record Answer(
      Instant from,
      Instant to,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Instant> since,
      long step,
      List<Long> times,
      List<String> members,
      List<Curves.Series> series,
      List<Marked> marks) {}

  /** A mark; its time is in seconds since 1970, as those of the values. */
  record Marked(double time, String kind, String member, String detail) {}

  private Answer answer(Visit visit) {
    var now = clock.instant();
    var to = time(visit.query("to"), "to").orElse(now);
    if (to.isAfter(now)) {
      to = now;
    }
    var from = time(visit.query("from"), "from").orElse(to.minus(SHOWN));
    if (from.isAfter(to)) {
      throw new Problem(400, "from is after to: give an earlier one.");
    }
    var curves =
        history.curves(from, to, Set.copyOf(list(visit, "member")), figures(visit), POINTS);
    var marked =
        marks.between(from, to).stream()
            .map(
                it -> new Marked(it.at().toEpochMilli() / 1e3, it.kind(), it.member(), it.detail()))
            .toList();
    return new Answer(
        from,
        to,
        history.since(),
        curves.step(),
        curves.times(),
        curves.members(),
        curves.series(),
        marked);
  }

  private static List<Figure> figures(Visit visit) {
    var ids = list(visit, "figure");
    if (ids.isEmpty()) {
      return List.of(Figure.values());
    }
    return ids.stream()
        .distinct()
        .map(id ->
            Figure.of(id)
                .orElseThrow(() ->
                    new Problem(
                        400,
                        "There is no figure '%s'; /api/v1/metrics/figures lists them."
                            .formatted(id))))
        .toList();
  }

  private static List<String> list(Visit visit, String name) {
    return visit.context().queryParams(name).stream()
        .flatMap(it -> List.of(it.split(",")).stream())
        .map(String::strip)
        .filter(it -> !it.isEmpty())
        .toList();
  }

  private static Optional<Instant> time(String text, String name) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          text.matches("\\d{1,11}")
              ? Instant.ofEpochSecond(Long.parseLong(text))
              : Instant.parse(text));
    } catch (DateTimeException e) {
      throw new Problem(
          400, "%s: give seconds since 1970, or a time like 2026-11-25T17:00:00Z.".formatted(name));
    }
  }
}
