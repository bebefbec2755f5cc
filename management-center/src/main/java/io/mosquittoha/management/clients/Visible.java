package io.mosquittoha.management.clients;

/**
 * Text of strangers, made fit to be looked at: what cannot be seen, or changes how the rest is
 * shown, is written as its number, so that two different ids never look alike for that.
 */
public final class Visible {

  private static final int LONG = 120;

  private Visible() {}

  /** All of it. */
  public static String of(String text) {
    var shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (isHidden(c)) {
            shown.append("\\u{").append(Integer.toHexString(c)).append('}');
          } else {
            shown.appendCodePoint(c);
          }
        });
    return shown.toString();
  }

  /** Its beginning, and how much there is. */
  public static String start(String text) {
    return start(text, LONG);
  }

  /** Its beginning, of so many characters, and how much there is. */
  public static String start(String text, int most) {
    if (text.length() <= most) {
      return of(text);
    }
    var end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return "%s… (%,d characters)".formatted(of(text.substring(0, end)), text.length());
  }

  private static boolean isHidden(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      case Character.SPACE_SEPARATOR -> c != ' ';
      default -> false;
    };
  }
}
