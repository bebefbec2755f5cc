package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.StateMachine;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** A state that is a hash of everything that was applied, so that nothing can be mixed up. */
final class ChainMachine implements StateMachine {

  Position at = Position.START;
  long hash;

  /** The state after an entry. */
  static long chain(long hash, Entry entry) {
    var mixed = hash * 31 + entry.index();
    mixed = mixed * 31 + entry.epoch();
    mixed = mixed * 31 + entry.number();
    return mixed * 31 + Arrays.hashCode(entry.body());
  }

  /** A state as records, of which only the first means anything. */
  static List<byte[]> records(Position at, long hash, int size) {
    return List.of(
        ByteBuffer.allocate(24).putLong(at.index()).putLong(at.epoch()).putLong(hash).array(),
        new byte[size],
        new byte[0]);
  }

  @Override
  public void apply(Entry entry) {
    if (entry.index() != at.index() + 1) {
      throw new AssertionError(entry + " was applied after " + at);
    }
    at = new Position(entry.index(), entry.epoch());
    hash = chain(hash, entry);
  }

  @Override
  public List<byte[]> records() {
    return records(at, hash, 100);
  }

  @Override
  public void replace(List<byte[]> records) {
    var state = ByteBuffer.wrap(records.getFirst());
    at = new Position(state.getLong(), state.getLong());
    hash = state.getLong();
  }

  @Override
  public byte[] beginning(long epoch) {
    return new byte[0];
  }
}
