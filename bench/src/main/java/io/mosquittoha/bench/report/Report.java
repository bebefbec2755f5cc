package io.mosquittoha.bench.report;

import java.util.List;
import java.util.Map;

/**
 * One result: what was done on which machine, tables and charts of it, and all figures for other
 * programmes.
 *
 * @param facts how it was made: command, machine, time
 * @param data what goes into JSON beside the facts
 */
public record Report(String title, Map<String, String> facts, List<Section> sections, Object data) {
  /** A table, with a chart of it or without. */
  public record Section(
      String title, String note, List<String> columns, List<List<String>> rows, Chart chart) {}

  /** What is drawn. */
  public sealed interface Chart {
    /** Nothing. */
    record None() implements Chart {}

    /** A bar each; low and high are the span of several rounds. */
    record Bars(String unit, List<Bar> bars) implements Chart {}

    /**
     * How large a share of all values is at most as large: a line for each series, on a logarithmic
     * axis.
     */
    record Shares(String unit, List<Series> series) implements Chart {}
  }

  /** One bar. */
  public record Bar(String label, double value, double low, double high) {}

  /** The values of one line, in any order. */
  public record Series(String label, List<Double> values) {}
}
