package io.mosquittoha.certification.report;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One judged sentence.
 *
 * @param group the class it stands in, as words
 * @param sentence what was proved
 * @param reason why it failed or was skipped
 * @param evidence the folder with objects, events and logs, relative to the report
 */
public record Check(
    String group,
    String sentence,
    Result result,
    Optional<String> reason,
    Optional<String> evidence,
    Duration duration,
    List<Figure> figures) {

  /** How it ended. */
  public enum Result {
    PASSED,
    FAILED,
    SKIPPED
  }
}
