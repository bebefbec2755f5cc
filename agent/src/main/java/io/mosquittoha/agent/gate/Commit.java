package io.mosquittoha.agent.gate;

/** How far the broker's events have come. Both numbers only grow while a broker serves. */
public interface Commit {

  /**
   * The number of the last event that the broker handed over. Read after bytes of the broker, it
   * covers every event that was made before them.
   */
  long emitted();

  /** The number of the last event that is committed: everything up to it survives this broker. */
  long committed();
}
