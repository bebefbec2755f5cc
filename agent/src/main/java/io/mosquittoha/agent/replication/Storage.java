package io.mosquittoha.agent.replication;

import java.util.List;
import java.util.Optional;

/**
 * What survives this process. Calls come in order; {@link Replica#durable} is called, later and from
 * any thread, when appended entries are safe.
 */
public interface Storage {

  /**
   * What was found at the start.
   *
   * @param epoch the highest that was ever accepted
   * @param view the last that was known
   * @param base of the log: what came before it is in the state machine
   * @param number of the last event before the log
   * @param entries of the log, in order, without gaps
   * @param committed index up to which entries are known to be committed
   */
  record Found(
      long epoch,
      Optional<View> view,
      Position base,
      long number,
      List<Entry> entries,
      long committed) {}

  /** Called once, before everything else; gives the state machine its snapshot. */
  Found load(StateMachine into);

  /** The epoch that was accepted. Safe when it returns. */
  void epoch(long epoch);

  /** The view that was seen last. Safe when it returns. */
  void view(View view);

  /**
   * Adds entries to the log's end.
   *
   * @return whether they are safe already; if not, {@link Replica#durable} tells when they are
   */
  boolean append(List<Entry> entries);

  /** Whether the log has grown so long that {@link #compact} is worth it. */
  boolean wantsSnapshot();

  /** A state that makes the log up to it unnecessary. May be written later. */
  void compact(Snapshot snapshot);

  /** Removes the entries after an index. */
  void truncate(long lastIndex);

  /** A hint that may be lost: entries up to this index are committed. */
  void committed(long index);

  /**
   * The state machine was replaced by another member's. The log now begins after it. Safe when it
   * returns.
   */
  void replaced(Snapshot snapshot);
}
