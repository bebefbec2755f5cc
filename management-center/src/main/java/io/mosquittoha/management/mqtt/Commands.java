package io.mosquittoha.management.mqtt;

import io.mosquittoha.management.web.Problem;
import java.util.regex.Pattern;

/** Topics by which brokers are commanded, and answer. */
public final class Commands {

  /** Filters that begin with a wildcard cover no topic that begins with $. */
  private static final Pattern THEIRS =
      Pattern.compile("(\\$share/[^/]*/)?\\$CONTROL(/.*)?", Pattern.DOTALL);

  private Commands() {}

  /**
   * Keeps people away from them: security is changed where it is checked and noted, and what is
   * answered there is told by its pages.
   *
   * @param topic or a filter
   * @throws Problem 400 if it is one of them
   */
  public static void refuse(String topic) {
    if (THEIRS.matcher(topic).matches()) {
      throw new Problem(
          400,
          "Brokers are not commanded from here, nor are their answers read, but by the pages of"
              + " security: they keep account of it.");
    }
  }
}
