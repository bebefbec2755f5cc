package io.mosquittoha.agent.kubernetes;

import io.mosquittoha.agent.replication.View;
import io.mosquittoha.agent.replication.ViewStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The view of a member that is alone, in a file beside its state. Its version is its content's
 * hash.
 */
public final class FileViewStore implements ViewStore, AutoCloseable {

  private static final String NOTHING = "none";

  private final Path file;
  private final Asked asked;

  /** The folder is created if it is not there. */
  public FileViewStore(Path file) {
    this.file = file.toAbsolutePath();
    this.asked = new Asked("The file " + file);
  }

  @Override
  public void read(Consumer<Answer> answer) {
    asked.ask(this::read, answer);
  }

  @Override
  public void replace(String version, View next, Consumer<Answer> answer) {
    asked.ask(() -> replace(version, next), answer);
  }

  @Override
  public void close() {
    asked.close();
  }

  private Answer read() {
    try {
      var content = content();
      return content.length == 0
          ? new Answer.Found(Optional.empty(), NOTHING)
          : new Answer.Found(
              Optional.of(ViewJson.read(new String(content, StandardCharsets.UTF_8))),
              version(content));
    } catch (IOException e) {
      return unavailable(e);
    }
  }

  private Answer replace(String version, View next) {
    try {
      Files.createDirectories(file.getParent());
      // Another process that was not waited for must not come between.
      try (var lock =
              FileChannel.open(
                  beside(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          var _ = lock.lock()) {
        if (!version(content()).equals(version)) {
          return new Answer.Conflict();
        }
        var content = (ViewJson.write(next) + "\n").getBytes(StandardCharsets.UTF_8);
        var fresh = beside(".new");
        try (var channel =
            FileChannel.open(
                fresh,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
          var buffer = ByteBuffer.wrap(content);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
          channel.force(true);
        }
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (var folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
          folder.force(true);
        }
        return new Answer.Stored(version(content));
      }
    } catch (OverlappingFileLockException e) {
      return new Answer.Conflict(); // Another one of this process is at it.
    } catch (IOException e) {
      return unavailable(e);
    }
  }

  private Path beside(String ending) {
    return file.resolveSibling(file.getFileName() + ending);
  }

  private byte[] content() throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }

  private static String version(byte[] content) {
    if (content.length == 0) {
      return NOTHING;
    }
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }

  private static Answer unavailable(IOException why) {
    return new Answer.Unavailable(
        "%s: %s".formatted(why.getClass().getSimpleName(), why.getMessage()));
  }
}
