package io.mosquittoha.bench.report;

import io.mosquittoha.bench.report.Report.Bar;
import io.mosquittoha.bench.report.Report.Chart;
import io.mosquittoha.bench.report.Report.Series;
import java.util.List;
import java.util.Locale;

/** A report as one page that needs nothing else: no script, no font, no picture from elsewhere. */
final class Page {
  private static final List<String> COLOURS =
      List.of(
          "#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2", "#65a30d", "#db2777");
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1f2937; --soft: #6b7280; --line: #d1d5db; --paper: #fff; --bar: #2563eb }
      @media (prefers-color-scheme: dark) { :root { --ink: #e5e7eb; --soft: #9ca3af; --line: #374151; --paper: #111827; --bar: #60a5fa } }
      body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 78rem; margin: 2rem auto; padding: 0 1rem }
      h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2.2rem }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
      .scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
      th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
      th:first-child, td:first-child { text-align: left } p { color: var(--soft); white-space: pre-line }
      svg { width: 100%; height: auto; margin: .8rem 0 } svg text { fill: var(--ink); font: 12px system-ui, sans-serif }
      svg .soft { fill: var(--soft) } svg .grid { stroke: var(--line) } svg .span { stroke: var(--ink); stroke-width: 1.5 }
      """;

  private final StringBuilder out = new StringBuilder();

  private Page() {}

  static String of(Report report) {
    var page = new Page();
    page.write(report);
    return page.out.toString();
  }

  private void write(Report report) {
    add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    add("<title>%s</title><style>\n", escape(report.title()));
    out.append(STYLE);
    add("</style></head><body><h1>%s</h1>\n<dl>", escape(report.title()));
    report
        .facts()
        .forEach((name, fact) -> add("<dt>%s</dt><dd>%s</dd>", escape(name), escape(fact)));
    add("</dl>\n");
    for (var section : report.sections()) {
      add("<h2>%s</h2>\n", escape(section.title()));
      switch (section.chart()) {
        case Chart.None() -> {}
        case Chart.Bars(var unit, var bars) -> bars(section.title(), unit, bars);
        case Chart.Shares(var unit, var series) -> shares(section.title(), unit, series);
      }
      add("<div class=\"scroll\"><table><thead><tr>");
      section.columns().forEach(column -> add("<th scope=\"col\">%s</th>", escape(column)));
      add("</tr></thead><tbody>\n");
      for (var row : section.rows()) {
        add("<tr>");
        row.forEach(cell -> add("<td>%s</td>", escape(cell)));
        add("</tr>\n");
      }
      add("</tbody></table></div>\n");
      if (!section.note().isEmpty()) {
        add("<p>%s</p>\n", escape(section.note()));
      }
    }
    add("</body></html>\n");
  }

  private void bars(String title, String unit, List<Bar> bars) {
    var top = bars.stream().mapToDouble(bar -> Math.max(bar.value(), bar.high())).max().orElse(0);
    if (top <= 0) {
      return;
    }
    var height = 26 * bars.size() + 6;
    add("<svg viewBox=\"0 0 900 %d\" role=\"img\" aria-label=\"%s\">\n", height, escape(title));
    for (var n = 0; n < bars.size(); n++) {
      var bar = bars.get(n);
      var y = 26 * n + 4;
      var scale = 520 / top;
      add("<text x=\"218\" y=\"%d\" text-anchor=\"end\">%s</text>", y + 14, escape(bar.label()));
      add(
          "<rect x=\"226\" y=\"%d\" width=\"%.1f\" height=\"18\" rx=\"2\" fill=\"var(--bar)\"/>",
          y, bar.value() * scale);
      if (bar.high() > bar.low()) {
        add(
            "<line class=\"span\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
            226 + bar.low() * scale, 226 + bar.high() * scale, y + 9, y + 9);
      }
      var end = 234 + Math.max(bar.value(), bar.high()) * scale;
      add(
          "<text x=\"%.1f\" y=\"%d\">%s %s</text>\n",
          end, y + 14, Figures.number(bar.value()), escape(unit));
    }
    add("</svg>\n");
  }

  private void shares(String title, String unit, List<Series> series) {
    var all =
        series.stream()
            .flatMap(line -> line.values().stream())
            .mapToDouble(Double::doubleValue)
            .toArray();
    if (all.length == 0) {
      return;
    }
    var low = Math.floor(Math.log10(Math.max(0.01, java.util.Arrays.stream(all).min().orElse(1))));
    var high =
        Math.max(low + 1, Math.ceil(Math.log10(java.util.Arrays.stream(all).max().orElse(1))));
    add(
        "<svg viewBox=\"0 0 900 %d\" role=\"img\" aria-label=\"%s\">\n",
        310 + 18 * series.size(), escape(title));
    for (var decade = (int) low; decade <= high; decade++) {
      for (var step : decade == high ? new int[] {1} : new int[] {1, 2, 5}) {
        var value = step * Math.pow(10, decade);
        var x = x(value, low, high);
        add("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"10\" y2=\"260\"/>", x, x);
        add(
            "<text class=\"soft\" x=\"%.1f\" y=\"278\" text-anchor=\"middle\">%s</text>\n",
            x, Figures.number(value));
      }
    }
    for (var share : new int[] {0, 50, 90, 99, 100}) {
      var y = 260 - 2.5 * share;
      add("<line class=\"grid\" x1=\"60\" x2=\"870\" y1=\"%.1f\" y2=\"%.1f\"/>", y, y);
      if (share != 99) {
        add(
            "<text class=\"soft\" x=\"52\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n",
            y + 4, share);
      }
    }
    add(
        "<text class=\"soft\" x=\"465\" y=\"296\" text-anchor=\"middle\">%s</text>\n",
        escape(unit));
    for (var n = 0; n < series.size(); n++) {
      var values = series.get(n).values().stream().sorted().toList();
      var colour = COLOURS.get(n % COLOURS.size());
      var path = new StringBuilder();
      for (var i = 0; i < values.size(); i++) {
        var x = x(values.get(i), low, high);
        path.append(
            text(i == 0 ? "M%.1f %.1f" : "H%.1f V%.1f", x, 260 - 250.0 * (i + 1) / values.size()));
      }
      add("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>", path, colour);
      add("<rect x=\"60\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>", 302 + 18 * n, colour);
      add("<text x=\"78\" y=\"%d\">%s</text>\n", 312 + 18 * n, escape(series.get(n).label()));
    }
    add("</svg>\n");
  }

  private static double x(double value, double low, double high) {
    return 60 + 810 * (Math.log10(Math.max(0.01, value)) - low) / (high - low);
  }

  private void add(String format, Object... values) {
    out.append(text(format, values));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
