package io.mosquittoha.manifests;

import java.util.regex.Pattern;

/** Spans of time as the agent reads them: {@code 800ms}, {@code 10s}, {@code 1m}. */
public final class Times {

  private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m)");

  private Times() {}

  static boolean areTimes(String... texts) {
    for (var text : texts) {
      if (!TIME.matcher(text).matches()) {
        return false;
      }
    }
    return true;
  }

  /**
   * @throws IllegalArgumentException when the text is no such time
   */
  public static long millis(String text) {
    var time = TIME.matcher(text);
    if (!time.matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is no time; write it like 800ms");
    }
    var number = Long.parseLong(time.group(1));
    return switch (time.group(2)) {
      case "ms" -> number;
      case "s" -> number * 1000;
      default -> number * 60_000;
    };
  }
}
