package io.mosquittoha.agent.peer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The two connections with a process of another member. They end together: what was said may have
 * been lost then, and both sides begin anew.
 */
final class Link {

  final Hello other;
  final Outbox outbox;
  final Instant since = Instant.now();
  private volatile @Nullable Connection outgoing;
  private volatile @Nullable Connection incoming;
  private volatile boolean closed;

  // Of the peer's lock.
  boolean told; // the listener knows that the member is there
  boolean ended; // nothing more is said about it

  Link(Hello other, long queueLimit) {
    this.other = other;
    this.outbox = new Outbox(queueLimit);
  }

  boolean isOpen() {
    return !closed;
  }

  @Nullable Connection outgoing() {
    return outgoing;
  }

  @Nullable Connection incoming() {
    return incoming;
  }

  void outgoing(Connection connection) {
    outgoing = connection;
    closeIfClosed();
  }

  void incoming(Connection connection) {
    incoming = connection;
    closeIfClosed();
  }

  private void closeIfClosed() {
    if (closed) {
      shut();
    }
  }

  /** Ends both connections. Waits for nobody; from any thread. */
  void shut() {
    closed = true;
    outbox.close();
    if (outgoing instanceof Connection connection) {
      connection.close();
    }
    if (incoming instanceof Connection connection) {
      connection.close();
    }
  }
}
