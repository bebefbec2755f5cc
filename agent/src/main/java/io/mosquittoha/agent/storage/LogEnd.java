package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Position;
import java.util.TreeMap;

/** Where a log ends, also after its tail was removed: the epochs of its entries are remembered. */
final class LogEnd {

  private final TreeMap<Long, Long> epochs = new TreeMap<>(); // by the first index of each run
  private Position last;

  LogEnd(Position after) {
    last = after;
    reset(after);
  }

  void reset(Position after) {
    epochs.clear();
    epochs.put(after.index(), after.epoch());
    last = after;
  }

  void append(Position position) {
    if (position.index() != last.index() + 1) {
      throw new IllegalStateException(position + " cannot follow " + last);
    }
    if (position.epoch() != last.epoch()) {
      epochs.put(position.index(), position.epoch());
    }
    last = position;
  }

  void truncate(long lastIndex) {
    if (lastIndex < last.index()) {
      last = at(lastIndex);
      epochs.tailMap(lastIndex, false).clear();
      // What is before the beginning is not known; the next entry has to be a run of its own.
      epochs.putIfAbsent(lastIndex, last.epoch());
    }
  }

  Position position() {
    return last;
  }

  /** The position at an index; its epoch is 0 before what is known. */
  Position at(long index) {
    var run = epochs.floorEntry(index);
    return new Position(index, run == null ? 0 : run.getValue());
  }
}
