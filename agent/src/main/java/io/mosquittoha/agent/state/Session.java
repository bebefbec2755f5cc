package io.mosquittoha.agent.state;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A session: its record, its subscriptions, its queue. */
final class Session {

  /** {@code cmsg_id} alone is no key: it begins again after a restore. */
  record Queued(int direction, long cmsgId, long storeId) {}

  byte[] record;
  private @Nullable Map<String, byte[]> subscriptions;
  private @Nullable Map<Queued, byte[]> queue;

  Session(byte[] record) {
    this.record = record;
  }

  Map<String, byte[]> subscriptions() {
    return subscriptions == null ? Map.of() : subscriptions;
  }

  Map<Queued, byte[]> queue() {
    return queue == null ? Map.of() : queue;
  }

  byte @Nullable [] subscribe(String filter, byte[] subscription) {
    if (subscriptions == null) {
      subscriptions = new LinkedHashMap<>(2);
    }
    return subscriptions.put(filter, subscription);
  }

  byte @Nullable [] unsubscribe(String filter) {
    return subscriptions == null ? null : subscriptions.remove(filter);
  }

  byte @Nullable [] enqueue(Queued key, byte[] message) {
    if (queue == null) {
      queue = new LinkedHashMap<>(2);
    }
    return queue.put(key, message);
  }

  byte @Nullable [] dequeue(Queued key) {
    if (queue == null) {
      return null;
    }
    var removed = queue.remove(key);
    if (queue.isEmpty()) {
      queue = null; // A queue that was long once would keep its table.
    }
    return removed;
  }
}
