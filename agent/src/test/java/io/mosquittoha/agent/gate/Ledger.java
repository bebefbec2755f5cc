package io.mosquittoha.agent.gate;

import java.util.concurrent.atomic.AtomicLong;

/** Stands for the broker's shared file and for the replication. */
final class Ledger implements Commit {

  private final AtomicLong emitted = new AtomicLong();
  private final AtomicLong committed = new AtomicLong();

  @Override
  public long emitted() {
    return emitted.get();
  }

  @Override
  public long committed() {
    return committed.get();
  }

  /** The broker emits an event. */
  long emit() {
    return emitted.incrementAndGet();
  }

  /** Everything up to a number is safe. */
  void commit(long number, Gate gate) {
    committed.accumulateAndGet(number, Math::max);
    gate.released();
  }

  /** The gate's view when somebody has switched it off: whatever is emitted counts as committed. */
  Commit switchedOff() {
    var real = this;
    return new Commit() {
      @Override
      public long emitted() {
        return real.emitted();
      }

      @Override
      public long committed() {
        return Long.MAX_VALUE;
      }
    };
  }

  /** The gate's view when it looks at the number too early. */
  Commit stale() {
    var real = this;
    return new Commit() {
      @Override
      public long emitted() {
        return real.emitted() - 1;
      }

      @Override
      public long committed() {
        return real.committed();
      }
    };
  }
}
