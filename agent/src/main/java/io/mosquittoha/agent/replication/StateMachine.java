package io.mosquittoha.agent.replication;

import java.util.List;

/** What entries are applied to. Committed entries only, each once, in order. */
public interface StateMachine {

  /** Applies an entry. Must not fail: every member does the same with the same entry. */
  void apply(Entry entry);

  /** The state as immutable records, cheap to take. */
  List<byte[]> records();

  /** Replaces the state by what {@link #records()} gave elsewhere. */
  void replace(List<byte[]> records);

  /**
   * The body of the first entry of an epoch.
   *
   * @param epoch that begins
   */
  byte[] beginning(long epoch);
}
