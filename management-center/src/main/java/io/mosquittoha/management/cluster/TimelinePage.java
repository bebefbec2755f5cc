package io.mosquittoha.management.cluster;

import io.mosquittoha.management.web.Figures;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the page Failover timeline shows.
 *
 * @param range the time that is looked at: 1h, 24h, 7d, 30d or 90d
 * @param longest of the changes shown, in milliseconds: what bars are drawn to
 */
public record TimelinePage(
    String kind,
    String member,
    String range,
    int offset,
    int limit,
    int total,
    List<Row> rows,
    List<String> kinds,
    List<String> members,
    Statistics statistics) {

  public TimelinePage {
    rows = List.copyOf(rows);
    kinds = List.copyOf(kinds);
    members = List.copyOf(members);
  }

  /**
   * Of the changes of leader that were found.
   *
   * @param median of the outages, in milliseconds
   */
  public record Statistics(int changes, int failures, long median, long longest) {

    static Statistics of(List<Occurrence> changes) {
      var outages =
          changes.stream()
              .filter(it -> !it.kind().equals("formed"))
              .map(Occurrence::outageMs)
              .sorted()
              .toList();
      return new Statistics(
          outages.size(),
          (int)
              changes.stream()
                  .filter(it -> it.kind().equals("failover") || it.kind().equals("brokerRestarted"))
                  .count(),
          outages.isEmpty() ? 0 : outages.get(outages.size() / 2),
          outages.isEmpty() ? 0 : outages.getLast());
    }
  }

  /** One occurrence. */
  public record Row(Occurrence occurrence, List<Phase> phases, List<Bar> bars) {

    public Row {
      phases = List.copyOf(phases);
      bars = List.copyOf(bars);
    }

    /** What happened, for people. */
    public String title() {
      return switch (occurrence.kind()) {
        case "formed" -> "Cluster formed";
        case "failover" -> "Failover";
        case "handover" -> "Handover";
        case "brokerRestarted" -> "Broker restarted";
        case "stateLost" -> "State lost";
        case "joined" -> "Joined";
        case "left" -> "Left";
        case "removed" -> "Removed";
        default -> occurrence.kind();
      };
    }

    /** The badge for it. */
    public String badge() {
      return switch (occurrence.kind()) {
        case "failover", "brokerRestarted" -> "warn";
        case "stateLost" -> "bad";
        case "handover", "formed" -> "leader";
        case "joined" -> "ok";
        default -> "idle";
      };
    }

    /** All of it in words. */
    public String words() {
      return phases.stream()
          .filter(phase -> phase.millis() > 0)
          .map(phase -> phase.name() + " " + millis(phase.millis()))
          .collect(Collectors.joining(", "));
    }

    /** What is known of the clients, or "". */
    public String clients() {
      if (occurrence.clientsBefore().isEmpty()) {
        return "";
      }
      var before = occurrence.clientsBefore().getAsInt();
      if (before == 0) {
        return "no client was connected";
      }
      var back = occurrence.clientsBackMs();
      if (back.isEmpty()) {
        return before == 1
            ? "the one client did not come back within two minutes"
            : "of %s clients, not nine in ten came back within two minutes"
                .formatted(Figures.count(before));
      }
      var who =
          before == 1
              ? "the one client was"
              : before < 10
                  ? "all %d clients".formatted(before)
                  : "9/10 of %s clients".formatted(Figures.count(before));
      return "%s back after about %s".formatted(who, millis(back.getAsLong()));
    }
  }

  /**
   * A phase in the drawing.
   *
   * @param x and {@code width} in thousandths of the whole
   */
  public record Bar(String kind, String text, String x, String width) {}

  static List<Bar> bars(List<Phase> phases, long longest) {
    var bars = new ArrayList<Bar>();
    var at = 0.0;
    for (var phase : phases) {
      if (phase.millis() > 0) {
        // What there was is seen, however short.
        var width = Math.max(4, 1_000.0 * phase.millis() / Math.max(1, longest));
        bars.add(
            new Bar(
                phase.kind(),
                phase.name() + " " + millis(phase.millis()),
                decimal(at),
                decimal(Math.min(width, 1_000 - at))));
        at = Math.min(1_000, at + width);
      }
    }
    return bars;
  }

  private static String decimal(double number) {
    return String.format(Locale.ROOT, "%.1f", Math.max(0, number));
  }

  static String millis(long millis) {
    return millis < 10_000
        ? Figures.count(millis) + " ms"
        : String.format(Locale.ROOT, "%,.1f s", millis / 1_000.0);
  }

  /** For templates. */
  public String time(long millis) {
    return millis(millis);
  }

  public List<Phase> legend() {
    return Phase.legend();
  }

  /** The query of an address that shows the same filter from another place on. */
  public String query(int from) {
    return "?kind=%s&member=%s&range=%s&offset=%d"
        .formatted(encoded(kind), encoded(member), encoded(range), Math.max(0, from));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
