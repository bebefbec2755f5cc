package io.mosquittoha.agent.replication;

import java.util.List;
import java.util.Optional;

/** What members say to each other. */
public sealed interface Message {

  /**
   * A member that follows nobody says how far it is, so that all can agree on who should form the
   * cluster.
   *
   * @param view the last that it knew
   * @param last of its log
   * @param joined whether it has any state
   */
  record Status(Optional<View> view, long epoch, Position last, boolean joined)
      implements Message {}

  /**
   * The leader's entries after a place in its log, and its sign of life.
   *
   * @param previous the entry before them
   * @param committed how far the leader has committed
   * @param serving whether the leader serves clients
   * @param sentAt by the leader's clock
   */
  record Append(
      String cluster,
      long epoch,
      Position previous,
      long committed,
      boolean serving,
      long sentAt,
      List<Entry> entries)
      implements Message {}

  /**
   * The sender's log is the leader's up to an index, and that is safe.
   *
   * @param index of the last such entry
   * @param sentAt of the last message that it heard of the leader, by the leader's clock
   */
  record Acknowledged(long epoch, long index, long sentAt) implements Message {}

  /**
   * The sender cannot append: it is in a newer epoch, or lacks what came before.
   *
   * @param epoch the sender's
   * @param next the index that it needs next
   */
  record Refused(long epoch, long next) implements Message {}

  /** The view as it is now, so that a follower can replace it at once. */
  record Viewed(long epoch, View view, String version) implements Message {}

  /**
   * A part of a snapshot.
   *
   * @param part from 0
   * @param last whether it is the last one
   * @param records of the state
   */
  record SnapshotPart(
      String cluster,
      long epoch,
      Position at,
      long number,
      int part,
      boolean last,
      List<byte[]> records)
      implements Message {}

  /**
   * A part of a snapshot has arrived.
   *
   * @param at which snapshot
   * @param part from 0
   */
  record SnapshotReceived(long epoch, Position at, int part) implements Message {}

  /** The leader has stopped, and everything is committed: the receiver shall lead. */
  record TakeOver(long epoch) implements Message {}

  /** The sender wants to go: the leader should no longer wait for it. */
  record Leaving(long epoch) implements Message {}
}
