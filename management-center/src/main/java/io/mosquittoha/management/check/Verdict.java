package io.mosquittoha.management.check;

import java.util.List;

/**
 * What came of checking one target.
 *
 * @param target its name: a broker's, or "entrance"
 * @param stages all five, in order
 */
public record Verdict(String target, String host, int port, List<Stage> stages) {

  /** Whether nothing failed. */
  public boolean good() {
    return stages.stream().noneMatch(stage -> stage.outcome() == Stage.Outcome.FAILED);
  }
}
