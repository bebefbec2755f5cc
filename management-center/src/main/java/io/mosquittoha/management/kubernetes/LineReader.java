package io.mosquittoha.management.kubernetes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads lines of which it never holds more than {@value PodLog#LONGEST_LINE} characters. */
final class LineReader implements AutoCloseable {

  private final BufferedReader reader;

  LineReader(InputStream text) {
    reader = new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8));
  }

  /** The next line, with … at its end if it was cut; empty at the end. */
  Optional<String> next() throws IOException {
    var line = new StringBuilder();
    var cut = false;
    for (int c = reader.read(); c >= 0; c = reader.read()) {
      if (c == '\n') {
        return Optional.of(cut ? line + "…" : line.toString());
      }
      if (line.length() < PodLog.LONGEST_LINE) {
        line.append((char) c);
      } else {
        cut = true;
      }
    }
    return line.isEmpty() ? Optional.empty() : Optional.of(cut ? line + "…" : line.toString());
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
