package io.mosquittoha.bench.report;

import java.util.Locale;

/** Figures as people read them: three digits that count. */
public final class Figures {
  private Figures() {}

  public static String number(double value) {
    var size = Math.abs(value);
    if (size == 0) {
      return "0";
    }
    if (size >= 100) {
      return String.format(Locale.ROOT, "%,d", Math.round(value)).replace(',', ' ');
    }
    var text = String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }

  public static String mebibytes(double bytes) {
    return number(bytes / (1 << 20));
  }

  public static String percent(double share) {
    return Math.round(share * 100) + " %";
  }
}
