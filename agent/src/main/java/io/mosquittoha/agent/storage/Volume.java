package io.mosquittoha.agent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Everything that changes files. Tests put a volume here that counts, fills up or crashes. */
interface Volume {

  /** An open file that grows at its end. */
  interface Output extends AutoCloseable {

    /** Writes all of it. */
    void write(ByteBuffer bytes) throws IOException;

    /** Makes safe what was written. */
    void force() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** A new file, in the place of an old one if there is one. */
  Output create(Path file) throws IOException;

  /** Cuts a file off and opens it for more. */
  Output reopen(Path file, long length) throws IOException;

  /** Replaces what is there. */
  void rename(Path from, Path to) throws IOException;

  void delete(Path file) throws IOException;

  /** Makes safe which files there are. */
  void force(Path folder) throws IOException;

  /** The file system. */
  Volume REAL =
      new Volume() {
        @Override
        public Output create(Path file) throws IOException {
          return new ChannelOutput(
              FileChannel.open(
                  file,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING));
        }

        @Override
        public Output reopen(Path file, long length) throws IOException {
          var channel = FileChannel.open(file, StandardOpenOption.WRITE);
          try {
            channel.truncate(length);
            channel.position(length);
            channel.force(true);
          } catch (IOException e) {
            channel.close();
            throw e;
          }
          return new ChannelOutput(channel);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
          Files.move(
              from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }

        @Override
        public void delete(Path file) throws IOException {
          Files.deleteIfExists(file);
        }

        @Override
        public void force(Path folder) throws IOException {
          try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
          }
        }
      };

  /** An open file of the file system. */
  record ChannelOutput(FileChannel channel) implements Output {

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
