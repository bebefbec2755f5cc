package io.mosquittoha.management.web;

import java.time.Duration;
import java.util.Locale;

/** How figures are written on all pages, so that the same thing looks the same everywhere. */
public final class Figures {

  private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Figures() {}

  /** A number of things, {@code 12,345}. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** A size, {@code 3.4 MiB}. */
  public static String bytes(double number) {
    var unit = 0;
    var rest = Math.abs(number);
    while (rest >= 1023.95 && unit < BYTES.length - 1) {
      rest /= 1024;
      unit++;
    }
    var form = unit == 0 || rest >= 99.95 ? "%.0f %s" : "%.1f %s";
    return (number < 0 ? "-" : "") + String.format(Locale.ROOT, form, rest, BYTES[unit]);
  }

  /** Something per second, without the unit: {@code 0.3}, {@code 12.5}, {@code 3,210}. */
  public static String rate(double perSecond) {
    return String.format(Locale.ROOT, Math.abs(perSecond) < 99.95 ? "%.1f" : "%,.0f", perSecond);
  }

  /** A share of one, {@code 12.5 %}. */
  public static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  /** Milliseconds, {@code 143 ms}; from ten seconds on, seconds: {@code 12.4 s}. */
  public static String millis(double number) {
    return Math.abs(number) < 9_999.5
        ? String.format(Locale.ROOT, Math.abs(number) < 9.95 ? "%.1f ms" : "%,.0f ms", number)
        : String.format(Locale.ROOT, "%,.1f s", number / 1_000);
  }

  /** A time that passed, in its two greatest units: {@code 3 d 4 h}, {@code 12 min 5 s}. */
  public static String duration(Duration duration) {
    var seconds = Math.max(0, duration.toSeconds());
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3_600) {
      return "%d min %d s".formatted(seconds / 60, seconds % 60);
    }
    if (seconds < 86_400) {
      return "%d h %d min".formatted(seconds / 3_600, seconds % 3_600 / 60);
    }
    return "%d d %d h".formatted(seconds / 86_400, seconds % 86_400 / 3_600);
  }
}
