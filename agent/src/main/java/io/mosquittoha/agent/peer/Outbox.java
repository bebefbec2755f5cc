package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Messages that wait to be sent; bounded in bytes. Many put, one takes. */
final class Outbox {

  private final long limit;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private List<Message> waiting = new ArrayList<>();
  private List<Message> spare = new ArrayList<>();
  private long bytes;
  private long taken; // of these bytes, those of the messages that were taken last
  private boolean idle; // the taker waits
  private boolean closed;

  Outbox(long limit) {
    this.limit = limit;
  }

  /** Puts a message, unless that were too much. A message that is alone is never too much. */
  boolean put(Message message) {
    var size = Wire.size(message);
    lock.lock();
    try {
      if (closed) {
        return true; // Whoever closed it says so.
      }
      if (bytes > 0 && bytes + size > limit) {
        return false;
      }
      bytes += size;
      waiting.add(message);
      if (idle) {
        idle = false;
        changed.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes all messages, and waits a while if there is none. Those that were taken before are now
   * regarded as sent.
   *
   * @return the messages; the list is only good until the next call
   */
  List<Message> take(long millis) throws InterruptedException {
    lock.lock();
    try {
      bytes -= taken;
      taken = 0;
      var left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (waiting.isEmpty() && !closed && left > 0) {
        idle = true;
        left = changed.awaitNanos(left);
      }
      idle = false;
      var found = waiting;
      spare.clear();
      waiting = spare;
      spare = found;
      taken = bytes;
      return found;
    } finally {
      lock.unlock();
    }
  }

  boolean isEmpty() {
    lock.lock();
    try {
      return bytes == 0;
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }
}
