package io.mosquittoha.manifests;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mosquittoha.manifests.schema.JsonSchema;
import io.mosquittoha.manifests.schema.ValuesTable;
import java.io.UncheckedIOException;
import java.util.List;

/** The files of a chart that come from the model instead of from somebody's hands. */
public final class Generated {

  static final String BEGIN = "<!-- values: generated from the Java model, do not edit -->";
  static final String END = "<!-- values: end -->";

  private Generated() {}

  /** The contents of {@code values.schema.json}. */
  public static String schema(Chart chart) {
    var schema = JsonSchema.of(chart.folder(), (Record) chart.defaults(), List.of(Chart.LIBRARY));
    var indenter = new DefaultIndenter("  ", "\n");
    var printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(indenter);
    try {
      return JsonMapper.builder().build().writer(printer).writeValueAsString(schema) + "\n";
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The README with a fresh table of values between its two marks. */
  public static String readme(Chart chart, String readme) {
    var begin = readme.indexOf(BEGIN);
    var end = readme.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "the README of " + chart + " needs the lines \"" + BEGIN + "\" and \"" + END + "\"");
    }
    return readme.substring(0, begin + BEGIN.length())
        + "\n"
        + ValuesTable.of((Record) chart.defaults())
        + "\n"
        + readme.substring(end);
  }
}
