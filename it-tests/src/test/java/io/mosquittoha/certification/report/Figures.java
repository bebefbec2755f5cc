package io.mosquittoha.certification.report;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What a test writes into the report besides its result. They are recorded, never judged. */
public final class Figures {

  /** Fewer have no percentile 99 that is not just the greatest. */
  private static final int MANY = 100;

  static final String PICTURE = "picture";
  static final String CLUSTER = "cluster:";
  static final String NAME = "figure";
  static final String VALUE = "value";
  static final String UNIT = "unit";

  private final Consumer<Map<String, String>> sink;

  public Figures(Consumer<Map<String, String>> sink) {
    this.sink = sink;
  }

  /** For the report's head. */
  public static void describeCluster(ExtensionContext context, Map<String, String> description) {
    var entries = new LinkedHashMap<String, String>();
    description.forEach((key, value) -> entries.put(CLUSTER + key, value));
    context.publishReportEntry(entries);
  }

  public void record(String name, double value, String unit) {
    record(
        name,
        value == Math.rint(value)
            ? "%.0f".formatted(value)
            : String.format(Locale.ROOT, "%.1f", value),
        unit);
  }

  public void record(String name, Duration value) {
    if (value.compareTo(Duration.ofSeconds(10)) < 0) {
      record(name, value.toNanos() / 1_000_000.0, "ms");
    } else {
      record(name, value.toMillis() / 1_000.0, "s");
    }
  }

  /** The middle and the greatest of several samples; of many also the percentile 99. */
  public void record(String name, List<Duration> samples) {
    var sorted = samples.stream().sorted().toList();
    if (sorted.isEmpty()) {
      return;
    }
    if (sorted.size() == 1) {
      record(name, sorted.getFirst());
      return;
    }
    record(name + ", median of " + sorted.size(), sorted.get(sorted.size() / 2));
    if (sorted.size() >= MANY) {
      record(name + ", 99th percentile", sorted.get(sorted.size() * 99 / 100));
    }
    record(name + ", longest", sorted.getLast());
  }

  public void record(String name, String seen) {
    record(name, seen, "");
  }

  /**
   * A picture of what was seen.
   *
   * @param file relative to the report
   */
  public void picture(String file) {
    record(PICTURE, file, "");
  }

  private void record(String name, String value, String unit) {
    var entry = new LinkedHashMap<String, String>();
    entry.put(NAME, name);
    entry.put(VALUE, value);
    // JUnit takes no blank entry.
    if (!unit.isEmpty()) {
      entry.put(UNIT, unit);
    }
    sink.accept(entry);
  }
}
