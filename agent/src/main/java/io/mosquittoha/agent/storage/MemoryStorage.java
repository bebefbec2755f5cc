package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.Snapshot;
import io.mosquittoha.agent.replication.StateMachine;
import io.mosquittoha.agent.replication.Storage;
import io.mosquittoha.agent.replication.View;
import java.util.List;
import java.util.Optional;

/** Nothing survives the process: after each start the member is a stranger. */
public final class MemoryStorage implements Storage {

  private final String incarnation = Identity.fresh(0);

  /** Of this process alone. */
  public String incarnation() {
    return incarnation;
  }

  @Override
  public Found load(StateMachine into) {
    return new Found(0, Optional.empty(), Position.START, 0, List.of(), 0);
  }

  @Override
  public void epoch(long epoch) {}

  @Override
  public void view(View view) {}

  @Override
  public boolean append(List<Entry> entries) {
    return true;
  }

  @Override
  public boolean wantsSnapshot() {
    return false;
  }

  @Override
  public void compact(Snapshot snapshot) {}

  @Override
  public void truncate(long lastIndex) {}

  @Override
  public void committed(long index) {}

  @Override
  public void replaced(Snapshot snapshot) {}
}
