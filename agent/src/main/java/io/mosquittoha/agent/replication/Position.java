package io.mosquittoha.agent.replication;

/**
 * A place in the log. Two entries with the same position are the same entry, because an epoch has one
 * leader, and so is everything before them.
 *
 * @param index counts entries, from 1; 0 is before the first
 * @param epoch in which the entry was appended
 */
public record Position(long index, long epoch) implements Comparable<Position> {

  /** Before the first entry. */
  public static final Position START = new Position(0, 0);

  /** Of two logs, the one that ends in the later epoch is the better one, then the longer one. */
  @Override
  public int compareTo(Position other) {
    return epoch != other.epoch
        ? Long.compare(epoch, other.epoch)
        : Long.compare(index, other.index);
  }
}
