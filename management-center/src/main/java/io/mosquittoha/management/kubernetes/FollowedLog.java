package io.mosquittoha.management.kubernetes;

import io.fabric8.kubernetes.client.dsl.LogWatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Reads a log as it grows, with a thread of its own. */
final class FollowedLog implements Workload.Following {

  private final LogWatch watch;
  private volatile boolean closed;

  FollowedLog(LogWatch watch, Consumer<String> line, Runnable end) {
    this.watch = watch;
    Thread.ofVirtual().name("pod-log").start(() -> read(line, end));
  }

  private void read(Consumer<String> line, Runnable end) {
    try (var reader =
        new BufferedReader(new InputStreamReader(watch.getOutput(), StandardCharsets.UTF_8))) {
      var text = new StringBuilder();
      for (int c = reader.read(); c >= 0; c = reader.read()) {
        if (c == '\n') {
          line.accept(PodLog.shortened(text.toString()));
          text.setLength(0);
        } else if (text.length() <= PodLog.LONGEST_LINE) {
          text.append((char) c);
        }
      }
    } catch (IOException e) {
      // It has ended, one way or the other.
    } finally {
      watch.close();
      if (!closed) {
        end.run();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    watch.close();
  }
}
