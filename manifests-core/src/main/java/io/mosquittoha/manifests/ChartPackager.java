package io.mosquittoha.manifests;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Lints, renders and packs every chart. Any complaint of Helm's linter, be it only a hint, fails:
 * nobody reads warnings of a build that passes.
 */
public final class ChartPackager {

  private final Charts charts;
  private final Path target;

  private ChartPackager(Charts charts, Path target) {
    this.charts = charts;
    this.target = target;
  }

  /**
   * @param arguments the folder with the charts, and the folder for the archives
   */
  public static void main(String[] arguments) {
    if (arguments.length != 2) {
      System.err.println("usage: ChartPackager CHARTS-FOLDER TARGET-FOLDER");
      System.exit(2);
    }
    try {
      new ChartPackager(Charts.in(Path.of(arguments[0])), Path.of(arguments[1])).run();
    } catch (IllegalStateException | RenderingException | UncheckedIOException e) {
      System.err.println(e.getMessage() + (e.getCause() == null ? "" : ": " + e.getCause()));
      System.exit(1);
    }
    // Helm's runtime keeps threads of its own.
    System.exit(0);
  }

  private void run() {
    var staging = target.resolve("staged");
    try {
      Files.createDirectories(staging);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + staging, e);
    }
    for (var chart : Chart.values()) {
      var staged = charts.stage(chart, staging);
      lint(chart, staged);
      var objects = render(chart);
      var archive = ChartArchive.pack(staged, target);
      System.out.println(
          chart + ": linted, " + objects + " objects rendered, packed as " + archive);
    }
  }

  static void lint(Chart chart, Path staged) {
    var result = new Helm(staged).lint().strict().call();
    var complaints = complaints(result.getMessages());
    if (result.isFailed() || !complaints.isEmpty()) {
      throw new IllegalStateException(
          chart + ": helm lint complains:\n  " + String.join("\n  ", complaints));
    }
  }

  private static List<String> complaints(List<String> messages) {
    return messages.stream().map(String::strip).filter(message -> message.startsWith("[")).toList();
  }

  private int render(Chart chart) {
    var yaml = HelmTemplate.render(charts, chart, "{}", Release.named("mqtt"));
    var rendering = Rendering.parse(chart, Release.named("mqtt"), yaml);
    var unknown = rendering.unknownFields();
    if (!unknown.isEmpty()) {
      throw new IllegalStateException(
          chart + ": Kubernetes knows no such field: " + String.join(", ", unknown));
    }
    return rendering.objects().size();
  }
}
