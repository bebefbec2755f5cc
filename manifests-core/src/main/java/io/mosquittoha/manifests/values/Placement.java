package io.mosquittoha.manifests.values;

/** How several pods of a kind keep out of each other's way. */
public record Placement(
    @Value("Spread the pods over the nodes") TopologySpread topologySpread,
    @Value("Keep two pods off one node: `soft` if possible, `hard` always")
        AntiAffinity podAntiAffinity,
    @Value("Let maintenance of nodes take one pod at a time")
        DisruptionBudget podDisruptionBudget) {

  /** A topology spread constraint. */
  public record TopologySpread(
      @Value("Spread at all") boolean enabled,
      @Value(
              value = "Label of nodes that tells the places apart",
              pattern = Patterns.LABEL_KEY,
              example = "topology.kubernetes.io/zone")
          String topologyKey,
      @Value(value = "Pods that one place may have more than another", minimum = 1, maximum = 100)
          int maxSkew,
      @Value("What to do when pods cannot be spread so") WhenUnsatisfiable whenUnsatisfiable) {}

  /** What the scheduler does with a pod that has no good place. */
  public enum WhenUnsatisfiable implements Choice {
    SCHEDULE_ANYWAY("ScheduleAnyway"),
    DO_NOT_SCHEDULE("DoNotSchedule");

    private final String word;

    WhenUnsatisfiable(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** How much two pods on one node matter. */
  public enum AntiAffinity implements Choice {
    SOFT,
    HARD,
    NONE;

    @Override
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Whether there is a PodDisruptionBudget. */
  public record DisruptionBudget(
      @Value("Make a PodDisruptionBudget with maxUnavailable 1") boolean enabled) {}

  public static Placement defaults() {
    return new Placement(
        new TopologySpread(true, "kubernetes.io/hostname", 1, WhenUnsatisfiable.SCHEDULE_ANYWAY),
        AntiAffinity.SOFT,
        new DisruptionBudget(true));
  }
}
