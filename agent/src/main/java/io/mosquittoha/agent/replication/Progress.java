package io.mosquittoha.agent.replication;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is known of another member, and how far the leader has come with it. */
final class Progress {

  private static final long BATCH = 1 << 20;
  private static final long IN_FLIGHT = 8L << 20;
  private static final long PART = 256 << 10;
  private static final int PARTS_IN_FLIGHT = 4;

  final Member member;
  boolean connected;
  boolean leaving;
  long heardAt;
  long disconnectedAt = -1;
  Message.@Nullable Status status;

  // As seen by a leader.
  long acknowledged;
  long next; // the next index to send; 0: nothing is known yet
  long leaseAt; // when the last thing that it answered was said
  long behindSince = -1;
  long viewedAt = -1;
  @Nullable Snapshot snapshot;
  int partAt; // index of the first record of the next part
  int partNumber;
  int partsReceived;
  long snapshotMovedAt;
  boolean snapshotSent;

  Progress(Member member, long now) {
    this.member = member;
    this.heardAt = now;
  }

  void begin(long lastIndex) {
    acknowledged = 0;
    next = lastIndex + 1;
    leaseAt = Long.MIN_VALUE / 2;
    behindSince = -1;
    viewedAt = -1;
    snapshot = null;
  }

  /** The entries that may be sent now; empty if there are none, or too many are under way. */
  List<Entry> due(Log log) {
    if (snapshot != null || !log.has(next)) {
      return List.of();
    }
    return log.bytesBetween(acknowledged, next - 1) > IN_FLIGHT
        ? List.of()
        : log.from(next, BATCH);
  }

  /** The next part of the snapshot, if one may be sent. */
  Optional<Message.SnapshotPart> part(long epoch) {
    var whole = snapshot;
    if (whole == null || snapshotSent || partNumber - partsReceived >= PARTS_IN_FLIGHT) {
      return Optional.empty();
    }
    var end = partAt;
    for (var bytes = 0L; end < whole.records().size() && bytes < PART; end++) {
      bytes += whole.records().get(end).length;
    }
    var records = whole.records().subList(partAt, end);
    partAt = end;
    snapshotSent = end == whole.records().size();
    return Optional.of(
        new Message.SnapshotPart(
            whole.cluster(),
            epoch,
            whole.at(),
            whole.number(),
            partNumber++,
            snapshotSent,
            records));
  }

  void beginSnapshot(Snapshot whole, long now) {
    snapshot = whole;
    partAt = 0;
    partNumber = 0;
    partsReceived = 0;
    snapshotSent = false;
    snapshotMovedAt = now;
  }
}
