package io.mosquittoha.management.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * One part of a change of leader, as a page shows it.
 *
 * @param kind what colours it: a step's name in lower case, or other
 * @param name a word for it
 * @param explanation what happens in it
 */
public record Phase(String kind, String name, String explanation, long millis) {

  /** In the order in which they happen. */
  private enum Step {
    DETECT(
        "detectMs", "detect", "from the leader's last sign of life to the decision to replace it"),
    ELECT("electMs", "elect", "the compare-and-swap that makes another member the leader"),
    COMMIT("commitMs", "commit", "the new leader's log reaches the members in sync"),
    WARM("warmMs", "warm", "waiting for the new leader's own broker"),
    RESTORE("restoreMs", "restore", "its broker is given the state and opens its listeners");

    private final String key;
    private final String text;
    private final String explanation;

    Step(String key, String text, String explanation) {
      this.key = key;
      this.text = text;
      this.explanation = explanation;
    }

    private Phase of(long millis) {
      return new Phase(text, text, explanation, millis);
    }
  }

  /** All steps there are, for a legend; the last is when clients are back. */
  static List<Phase> legend() {
    var phases = new ArrayList<Phase>();
    for (var step : Step.values()) {
      phases.add(step.of(0));
    }
    phases.add(back(0));
    return List.copyOf(phases);
  }

  private static Phase back(long millis) {
    return new Phase(
        "back",
        "clients back",
        "until nine of ten clients that were connected before are connected again, as seen from"
            + " here",
        millis);
  }

  static List<Phase> of(Occurrence occurrence) {
    var phases = new ArrayList<Phase>();
    for (var step : Step.values()) {
      phases.add(step.of(occurrence.phases().getOrDefault(step.key, 0L)));
    }
    var known = Set.copyOf(Arrays.stream(Step.values()).map(step -> step.key).toList());
    for (var key : new TreeSet<>(occurrence.phases().keySet())) {
      if (!known.contains(key)) {
        var name = key.endsWith("Ms") ? key.substring(0, key.length() - 2) : key;
        phases.add(
            new Phase("other", name, "a later version's step", occurrence.phases().get(key)));
      }
    }
    occurrence.clientsBackMs().ifPresent(millis -> phases.add(back(millis)));
    return phases;
  }
}
