package io.mosquittoha.manifests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** A values file of the matrix, for one of the charts that it fits. */
record ValuesFile(Chart chart, Path file) {

  static final Path RESOURCES = Path.of("src/test/resources");

  private static final Map<ValuesFile, Rendering> RENDERED = new ConcurrentHashMap<>();

  /** Every chart with every values file that fits it. */
  static Stream<ValuesFile> matrix() {
    return Arrays.stream(Chart.values())
        .flatMap(chart ->
            folders(chart).stream()
                .flatMap(ValuesFile::files)
                .map(file -> new ValuesFile(chart, file)));
  }

  private static List<String> folders(Chart chart) {
    return switch (chart) {
      case SINGLE -> List.of("every", "supervised");
      case HIGH_AVAILABILITY -> List.of("every", "balanced", "supervised", chart.folder());
      case AUTOSCALING -> List.of("every", "balanced", chart.folder());
    };
  }

  private static Stream<Path> files(String folder) {
    try (var files = Files.list(RESOURCES.resolve("values").resolve(folder))) {
      return files.sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isDefaults() {
    return name().equals("defaults");
  }

  /** The same chart with no values set. */
  ValuesFile defaults() {
    return new ValuesFile(chart, RESOURCES.resolve("values/every/defaults.yaml"));
  }

  String name() {
    return file.getFileName().toString().replace(".yaml", "");
  }

  String yaml() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Variant variant() {
    return Variant.of(chart, yaml());
  }

  /** Rendered once for all tests; nobody changes it. */
  Rendering rendering() {
    return RENDERED.computeIfAbsent(
        this, any -> Rendering.of(chart, yaml(), Release.named("plant")));
  }

  @Override
  public String toString() {
    return chart + " with " + name();
  }
}
