package io.mosquittoha.manifests;

import java.util.regex.Pattern;

/** Amounts of memory as the agent reads them, {@code 256MiB}, and as Java does, {@code 512m}. */
final class Sizes {

  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(KiB|MiB|GiB|m|g)");

  private Sizes() {}

  static boolean areSizes(String... texts) {
    for (var text : texts) {
      if (!SIZE.matcher(text).matches()) {
        return false;
      }
    }
    return true;
  }

  /**
   * @throws IllegalArgumentException when the text is no such size
   */
  static long bytes(String text) {
    var size = SIZE.matcher(text);
    if (!size.matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is no size; write it like 256MiB");
    }
    var number = Long.parseLong(size.group(1));
    return switch (size.group(2)) {
      case "KiB" -> number << 10;
      case "MiB", "m" -> number << 20;
      default -> number << 30;
    };
  }

  /** Rounded up. */
  static long mebibytes(long bytes) {
    return (bytes + (1L << 20) - 1) >> 20;
  }
}
