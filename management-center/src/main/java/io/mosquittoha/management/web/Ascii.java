package io.mosquittoha.management.web;

/** JSON for places that take no more than ASCII. */
final class Ascii {

  private Ascii() {}

  /** The same JSON, with escapes for all that is not ASCII. */
  static String of(String json) {
    var text = new StringBuilder(json.length());
    for (var i = 0; i < json.length(); i++) {
      var c = json.charAt(i);
      if (c >= 0x20 && c < 0x7F) {
        text.append(c);
      } else {
        text.append("\\u%04x".formatted((int) c));
      }
    }
    return text.toString();
  }
}
