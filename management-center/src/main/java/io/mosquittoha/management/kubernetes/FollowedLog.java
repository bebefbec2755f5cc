package io.mosquittoha.management.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/** Reads a log as it grows, with a thread of its own. */
final class FollowedLog implements Workload.Following {

  private final InputStream log;
  private volatile boolean closed;

  FollowedLog(InputStream log, Consumer<String> line, Runnable end) {
    this.log = log;
    Thread.ofVirtual().name("pod-log").start(() -> read(line, end));
  }

  private void read(Consumer<String> line, Runnable end) {
    try (var reader = new LineReader(log)) {
      for (var next = reader.next(); next.isPresent(); next = reader.next()) {
        line.accept(next.get());
      }
    } catch (IOException e) {
      // It has ended, one way or the other.
    } finally {
      if (!closed) {
        end.run();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      log.close();
    } catch (IOException e) {
      // Then its end will be seen by the other side.
    }
  }
}
