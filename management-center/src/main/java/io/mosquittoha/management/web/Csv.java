package io.mosquittoha.management.web;

/** Comma-separated values, which people open in spreadsheets. */
public final class Csv {

  private Csv() {}

  /**
   * A field, quoted. What a spreadsheet would run as a formula gets an apostrophe in front: names
   * come from strangers.
   */
  public static String field(String text) {
    var safe = text;
    if (!text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0) {
      safe = "'" + text;
    }
    return '"' + safe.replace("\"", "\"\"") + '"';
  }
}
