package io.mosquittoha.management.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The end of a log.
 *
 * @param cut whether there was more than fits
 */
public record PodLog(List<String> lines, boolean cut) {

  /** Lines that can be had at once. */
  public static final int MOST_LINES = 2_000;

  static final int LONGEST_LINE = 4_000;
  static final int MOST_CHARACTERS = 512 << 10;

  /**
   * Reads to the end, and keeps what is last. (Kubernetes' own limit of bytes would keep what is
   * first.)
   */
  static PodLog read(InputStream text, int lines) throws IOException {
    var kept = new ArrayDeque<String>();
    var characters = 0;
    var cut = false;
    try (var reader = new LineReader(text)) {
      for (var line = reader.next(); line.isPresent(); line = reader.next()) {
        kept.add(line.get());
        characters += line.get().length() + 1;
        while (characters > MOST_CHARACTERS || kept.size() > lines) {
          characters -= kept.remove().length() + 1;
          cut = true;
        }
      }
    }
    return new PodLog(List.copyOf(kept), cut);
  }
}
