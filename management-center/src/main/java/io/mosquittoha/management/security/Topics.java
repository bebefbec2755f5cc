package io.mosquittoha.management.security;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What Mosquitto takes for a topic or a filter; for anything else it disconnects the client. */
public final class Topics {

  private static final int BYTES = 65_535;
  private static final int LEVELS = 200;

  private Topics() {}

  /** What is wrong with a topic to publish to. */
  public static Optional<String> faultOfTopic(String topic) {
    if (topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0) {
      return Optional.of("a topic to publish to has no + and no #");
    }
    return faultOfText(topic);
  }

  /** What is wrong with a filter to subscribe with. */
  public static Optional<String> faultOfFilter(String filter) {
    var text = faultOfText(filter);
    if (text.isPresent()) {
      return text;
    }
    var levels = filter.split("/", -1);
    for (int i = 0; i < levels.length; i++) {
      var level = levels[i];
      if (level.length() > 1 && (level.indexOf('+') >= 0 || level.indexOf('#') >= 0)) {
        return Optional.of("+ and # stand alone between slashes");
      }
      if (level.equals("#") && i < levels.length - 1) {
        return Optional.of("# can only be the last level");
      }
    }
    return Optional.empty();
  }

  /** What is wrong with a filter of a shared subscription, which the broker takes apart. */
  static Optional<String> faultOfSubscription(String filter) {
    var fault = faultOfFilter(filter);
    if (fault.isPresent() || !(filter.equals("$share") || filter.startsWith("$share/"))) {
      return fault;
    }
    var parts = filter.split("/", 3);
    if (parts.length < 3 || parts[2].isEmpty()) {
      return Optional.of("a shared subscription is $share/GROUP/FILTER");
    }
    if (parts[1].equals("+") || parts[1].equals("#")) {
      return Optional.of("a shared subscription's group has no + and no #");
    }
    return Optional.empty();
  }

  private static Optional<String> faultOfText(String text) {
    if (text.isEmpty()) {
      return Optional.of("it is empty");
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > BYTES) {
      return Optional.of("it is longer than 65,535 bytes");
    }
    if (text.chars().filter(c -> c == '/').count() > LEVELS) {
      return Optional.of("it has more than 200 slashes");
    }
    if (text.codePoints().anyMatch(Topics::forbidden)) {
      return Optional.of("it has control characters, or none that text may have");
    }
    return Optional.empty();
  }

  private static boolean forbidden(int c) {
    return Character.isISOControl(c)
        || (c >= 0xD800 && c <= 0xDFFF)
        || (c >= 0xFDD0 && c <= 0xFDEF)
        || (c & 0xFFFE) == 0xFFFE;
  }
}
