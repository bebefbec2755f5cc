package io.mosquittoha.agent.replication;

/**
 * What is appended, committed and applied as one: whole turns of the broker's loop.
 *
 * @param index its place in the log, from 1
 * @param epoch in which it was appended
 * @param number of the last of the broker's events in it, or in an entry before it
 * @param body the changes; only the state machine reads them
 */
public record Entry(long index, long epoch, long number, byte[] body) {

  /** What an entry costs beside its body, roughly. */
  private static final int OVERHEAD = 64;

  Position position() {
    return new Position(index, epoch);
  }

  long bytes() {
    return body.length + OVERHEAD;
  }
}
