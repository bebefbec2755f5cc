package io.mosquittoha.bench.report;

import java.util.ArrayList;
import java.util.List;

/** A report as text with aligned columns. */
final class Text {
  private Text() {}

  static String of(Report report) {
    var text = new StringBuilder();
    text.append(report.title()).append('\n');
    report
        .facts()
        .forEach(
            (name, fact) -> text.append("  ").append(name).append(": ").append(fact).append('\n'));
    for (var section : report.sections()) {
      text.append('\n').append(section.title()).append('\n');
      table(section, text);
      if (!section.note().isEmpty()) {
        text.append(section.note().indent(2));
      }
    }
    return text.toString();
  }

  private static void table(Report.Section section, StringBuilder text) {
    var rows = new ArrayList<List<String>>();
    rows.add(section.columns());
    rows.addAll(section.rows());
    for (var row : rows) {
      for (var column = 0; column < row.size(); column++) {
        var at = column;
        var width = rows.stream().mapToInt(other -> other.get(at).length()).max().orElse(0);
        var cell = row.get(column);
        var gap = " ".repeat(width - cell.length());
        text.append("  ").append(column == 0 ? cell + gap : gap + cell);
      }
      while (text.charAt(text.length() - 1) == ' ') {
        text.setLength(text.length() - 1);
      }
      text.append('\n');
    }
  }
}
