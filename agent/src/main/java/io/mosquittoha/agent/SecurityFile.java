package io.mosquittoha.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/** Dynamic security's file on this member's volume. */
final class SecurityFile {

  private final Path path;
  private byte[] known = {};

  SecurityFile(Path path) {
    this.path = path;
  }

  /** Its content, if it is not what was last read or written. */
  synchronized Optional<byte[]> changed() {
    var content = read();
    if (content.length == 0 || Arrays.equals(content, known)) {
      return Optional.empty();
    }
    known = content;
    return Optional.of(content);
  }

  /** Makes it what the cluster has. A reader finds the old content or the new. */
  synchronized void write(byte[] content) {
    if (Arrays.equals(content, known)) {
      return;
    }
    var beside = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.write(beside, content);
      try (var channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path, e);
    }
    known = content;
  }

  private byte[] read() {
    try {
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      return new byte[0];
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }
}
