package io.mosquittoha.agent.peer;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Says the same thing once per minute only. */
final class Occasionally {

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final System.Logger log;
  private final Map<String, Long> said = new ConcurrentHashMap<>();

  Occasionally(System.Logger log) {
    this.log = log;
  }

  /**
   * Says it, unless something about the same subject was said less than a minute ago.
   *
   * @param subject one of few, so that they can be remembered
   */
  void warn(String subject, String message) {
    var now = System.nanoTime();
    var due = new boolean[1];
    said.compute(
        subject,
        (key, last) -> {
          due[0] = last == null || now - last >= MINUTE;
          return due[0] ? Long.valueOf(now) : last;
        });
    log.log(due[0] ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG, message);
  }
}
