package io.mosquittoha.agent.replication;

import java.util.List;

/**
 * A whole state at a place in the log.
 *
 * @param cluster whose state it is
 * @param at the last entry that is in it
 * @param number of the last event that is in it
 * @param records what the state consists of; only the state machine reads them
 */
public record Snapshot(String cluster, Position at, long number, List<byte[]> records) {

  long bytes() {
    return records.stream().mapToLong(record -> record.length).sum();
  }
}
