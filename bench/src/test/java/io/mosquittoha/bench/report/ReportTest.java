package io.mosquittoha.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ReportTest {
  private static final Report REPORT =
      new Report(
          "A <title> & more",
          Map.of("command", "bench/run --hook '<script>alert(1)</script>'"),
          List.of(
              new Report.Section(
                  "Bars",
                  "a note",
                  List.of("", "per second"),
                  List.of(List.of("one", "12 345"), List.of("eleven", "7")),
                  new Report.Chart.Bars("/s", List.of(new Report.Bar("one", 12345, 12000, 13000)))),
              new Report.Section(
                  "Shares",
                  "",
                  List.of("", "x"),
                  List.of(),
                  new Report.Chart.Shares(
                      "ms", List.of(new Report.Series("all", List.of(3.0, 1.0, 250.0)))))),
          Map.of("figure", 42));

  @Test
  void report_whenWritten_thenTextJsonAndPageSayTheSame(@TempDir Path folder) throws Exception {
    var output = new Output();
    new CommandLine(output)
        .parseArgs(
            "--json",
            folder.resolve("in/r.json").toString(),
            "--html",
            folder.resolve("r.html").toString());
    var text = new StringWriter();
    output.write(REPORT, new PrintWriter(text));
    assertThat(text.toString())
        .contains("  one         12 345\n  eleven           7\n")
        .contains("a note");
    var json = new ObjectMapper().readTree(folder.resolve("in/r.json").toFile());
    assertThat(json.at("/result/figure").asInt()).isEqualTo(42);
    var page = Files.readString(folder.resolve("r.html"));
    assertThat(page)
        .contains("A &lt;title&gt; &amp; more")
        .contains("12 345 /s")
        .contains("<td>12 345</td>");
    assertThat(page).doesNotContain("<script").doesNotContain("http://").doesNotContain("https://");
    assertThat(page).doesNotContain("NaN").doesNotContain("Infinity");
  }

  @Test
  void page_whenItHasCharts_thenTheyAreWellFormed() throws Exception {
    var page = Page.of(REPORT);
    var charts = page.split("(?=<svg)|(?<=</svg>)");
    var seen = 0;
    for (var chart : charts) {
      if (chart.startsWith("<svg")) {
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(
                new java.io.ByteArrayInputStream(
                    chart.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        seen++;
      }
    }
    assertThat(seen).isEqualTo(2);
  }

  @Test
  void figures_whenShown_thenHaveThreeDigitsThatCount() {
    assertThat(List.of(0.0, 0.0123, 1.234, 12.34, 123.4, 12345.6).stream().map(Figures::number))
        .containsExactly("0", "0.012", "1.23", "12.3", "123", "12 346");
  }
}
