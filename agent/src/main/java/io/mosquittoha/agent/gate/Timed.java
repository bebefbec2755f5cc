package io.mosquittoha.agent.gate;

/** What a loop wakes at a time. */
interface Timed {

  /**
   * The time has come.
   *
   * @param alarm which one was set; it is for the receiver to know whether it still counts
   */
  void due(Alarm alarm, long now);

  /** Set for a time of {@link System#nanoTime()}. */
  record Alarm(long at, Timed target) implements Comparable<Alarm> {
    @Override
    public int compareTo(Alarm other) {
      return Long.signum(at - other.at);
    }
  }
}
