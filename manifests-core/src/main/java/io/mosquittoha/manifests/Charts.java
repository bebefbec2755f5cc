package io.mosquittoha.manifests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the charts' sources are: in the checkout while it is built, else in this module's jar.
 *
 * @param folder the folder with one folder per chart
 */
public record Charts(Path folder) {

  /** Names a folder with charts and thereby wins over every other place. */
  public static final String PROPERTY = "charts.folder";

  /**
   * @throws IllegalStateException when there are no charts anywhere
   */
  public static Charts find() {
    var named = System.getProperty(PROPERTY);
    if (named != null) {
      return in(Path.of(named));
    }
    for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (holdsCharts(at.resolve("charts"))) {
        return in(at.resolve("charts"));
      }
    }
    return packed();
  }

  public static Charts in(Path folder) {
    if (!holdsCharts(folder)) {
      throw new IllegalStateException(
          "there are no charts in "
              + folder.toAbsolutePath()
              + "; name the folder with -D"
              + PROPERTY
              + "=FOLDER");
    }
    return new Charts(folder);
  }

  /** A file of a chart's sources. */
  public Path file(Chart chart, String name) {
    return folder.resolve(chart.folder()).resolve(name);
  }

  /**
   * Copies a chart, and the library chart it needs, so that Helm can load it.
   *
   * @return the folder of the copy, below the given one
   */
  public Path stage(Chart chart, Path below) {
    var copy = below.resolve(chart.folder());
    copy(folder.resolve(chart.folder()), copy);
    copy(folder.resolve(Chart.LIBRARY), copy.resolve("charts").resolve(Chart.LIBRARY));
    return copy;
  }

  private static boolean holdsCharts(Path folder) {
    return Files.isRegularFile(folder.resolve(Chart.LIBRARY).resolve("Chart.yaml"));
  }

  private static Charts packed() {
    var url = Charts.class.getResource("/charts/" + Chart.LIBRARY + "/Chart.yaml");
    if (url == null) {
      throw new IllegalStateException(
          "there are no charts here; run this in a checkout, or name their folder with -D"
              + PROPERTY
              + "=FOLDER");
    }
    try {
      return in(path(url.toURI()).resolve("../..").normalize());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("cannot read " + url, e);
    }
  }

  private static Path path(URI uri) {
    if (!"jar".equals(uri.getScheme())) {
      return Path.of(uri);
    }
    return jar(uri).provider().getPath(uri);
  }

  private static FileSystem jar(URI uri) {
    try {
      return FileSystems.newFileSystem(uri, Map.of());
    } catch (java.nio.file.FileSystemAlreadyExistsException e) {
      return FileSystems.getFileSystem(uri);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the charts in " + uri, e);
    }
  }

  private static void copy(Path from, Path to) {
    try (var files = Files.walk(from)) {
      for (var file : (Iterable<Path>) files.sorted()::iterator) {
        // As text: the two paths may belong to different file systems.
        var relative = from.relativize(file).toString();
        if (relative.equals("charts") || relative.startsWith("charts/")) {
          continue; // What helm dependency build left there; the library's source is newer.
        }
        var target = to.resolve(relative);
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.write(target, Files.readAllBytes(file));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy the chart in " + from, e);
    }
  }
}
