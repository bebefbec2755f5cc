package io.mosquittoha.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Whether the files of a folder have changed. Asked now and then: Kubernetes swaps a link. */
final class WatchedFolder {

  private final Optional<Path> folder;
  private @Nullable Map<String, Object> known;

  WatchedFolder(String folder) {
    this.folder = Optional.of(folder).filter(path -> !path.isEmpty()).map(Path::of);
  }

  /** Whether it has changed since it was last asked; not at the first time. */
  boolean changed() {
    var now = folder.map(WatchedFolder::look).orElse(Map.of());
    var before = known;
    known = now;
    return before != null && !before.equals(now);
  }

  private static Map<String, Object> look(Path path) {
    var seen = new TreeMap<String, Object>();
    try (var files = Files.newDirectoryStream(path)) {
      for (var file : files) {
        if (Files.isRegularFile(file)) {
          seen.put(file.getFileName().toString(), Files.getLastModifiedTime(file));
        }
      }
    } catch (IOException e) {
      return Map.of("unreadable", true);
    }
    return seen;
  }
}
