package io.mosquittoha.management.kubernetes;

import java.util.ArrayList;
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
  static final int MOST_BYTES = 512 << 10;

  /** The last lines of a text, so many as fit. */
  static PodLog of(String text, int lines) {
    var all = text.lines().toList();
    var kept = new ArrayList<String>();
    var room = MOST_BYTES;
    for (var line : all.reversed()) {
      var shown = shortened(line);
      room -= shown.length() + 1;
      if (room < 0 || kept.size() == lines) {
        break;
      }
      kept.add(shown);
    }
    return new PodLog(List.copyOf(kept.reversed()), kept.size() < all.size());
  }

  static String shortened(String line) {
    return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
  }
}
