package io.mosquittoha.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
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

  /** What tells whether a file of the folder has changed, by its name. */
  static Map<String, Object> look(Path path) {
    var seen = new TreeMap<String, Object>();
    try (var files = Files.newDirectoryStream(path)) {
      for (var file : files) {
        if (Files.isRegularFile(file)) {
          seen.put(file.getFileName().toString(), mark(file));
        }
      }
    } catch (IOException e) {
      return Map.of("unreadable", true);
    }
    return seen;
  }

  /** What tells whether a file has changed, is another one, or is not there. */
  static Object mark(Path file) throws IOException {
    try {
      var now = Files.readAttributes(file, BasicFileAttributes.class);
      return List.of(now.lastModifiedTime(), now.size(), String.valueOf(now.fileKey()));
    } catch (NoSuchFileException e) {
      return "none";
    }
  }
}
