package io.mosquittoha.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a report goes; options that all commands have. */
public final class Output {
  @Option(names = "--json", paramLabel = "FILE", description = "write all figures there, as JSON")
  private @Nullable Path json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "write a page with charts there; it needs nothing else")
  private @Nullable Path html;

  /** Prints the report, and writes the files that were asked for. */
  public void write(Report report, PrintWriter out) throws IOException {
    out.print(Text.of(report));
    out.flush();
    if (json != null) {
      var tree = new LinkedHashMap<String, Object>();
      tree.put("title", report.title());
      tree.put("facts", report.facts());
      tree.put("result", report.data());
      save(
          json,
          new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(tree)
              + "\n");
    }
    if (html != null) {
      save(html, Page.of(report));
    }
  }

  private static void save(Path file, String text) throws IOException {
    var folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Files.writeString(file, text);
  }
}
