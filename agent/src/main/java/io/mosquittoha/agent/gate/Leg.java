package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One of the two sockets of a connection, and what is still to be sent to it. It has memory only
 * while there is something.
 */
final class Leg {

  final Connection connection;
  final SocketChannel channel;
  final SelectionKey key;
  final boolean towardsClient;

  private @Nullable Segment first;
  private @Nullable Segment last;

  /** Bytes in the queue. */
  private long unsent;

  /** How many of them may leave now. */
  private long allowed;

  /** The memory that they take. */
  private int capacity;

  private int interest;
  private boolean paused;

  /** Nothing more will be read from it. */
  boolean ended;

  /** Nothing more can be sent to it: it failed, or is to be closed. */
  boolean deaf;

  /** Its peer's end was passed on to it, or there is no one to pass it to. */
  boolean shut;

  Leg(Connection connection, SocketChannel channel, SelectionKey key, boolean towardsClient) {
    this.connection = connection;
    this.channel = channel;
    this.key = key;
    this.towardsClient = towardsClient;
  }

  boolean isEmpty() {
    return first == null;
  }

  long unsent() {
    return unsent;
  }

  /** Bytes that may leave, and that the socket did not take. */
  boolean isBlocked() {
    return (interest & SelectionKey.OP_WRITE) != 0;
  }

  boolean isGone() {
    return ended && deaf;
  }

  /** How much may be read at a time for this leg. */
  int room() {
    if (deaf) {
      return Segments.LARGE;
    }
    return Math.clamp(
        connection.loop.segments.share() - (long) taken(), Segments.SMALL, Segments.LARGE);
  }

  /** Whether more may be read for this leg. */
  boolean takesMore() {
    if (deaf || first == null) {
      paused = false;
      return true;
    }
    if (!towardsClient) {
      return false;
    }
    int share = connection.loop.segments.share();
    // Not at the very edge: each change of mind is a system call.
    paused = taken() >= (paused ? share / 2 : share);
    return !paused;
  }

  private int taken() {
    return towardsClient ? capacity + connection.marks * Marks.COST : capacity;
  }

  /** Sends bytes for which nothing has to wait. There must be nothing in the queue. */
  void send(ByteBuffer bytes) {
    int length = bytes.remaining();
    try {
      channel.write(bytes);
    } catch (IOException e) {
      connection.cannotSend(this);
      return;
    }
    sent(length - bytes.remaining());
    if (bytes.hasRemaining()) {
      allowed += bytes.remaining();
      queue(bytes);
    }
  }

  /** Puts bytes behind those that wait, without saying when they may leave. */
  void queue(ByteBuffer bytes) {
    var loop = connection.loop;
    loop.heldBytes += bytes.remaining();
    unsent += bytes.remaining();
    if (bytes.remaining() >= Segments.LARGE / 2) {
      var read = loop.giveAway(bytes);
      if (read != null) {
        link(read);
        return;
      }
    }
    while (bytes.hasRemaining()) {
      if (last == null) {
        link(
            loop.segments.take(
                bytes.remaining() <= Segments.SMALL ? Segments.SMALL : Segments.MIDDLE));
      } else if (last.room() == 0) {
        link(loop.segments.take(Segments.MIDDLE));
      }
      int length = Math.min(last.room(), bytes.remaining());
      last.bytes.clear().put(last.to, bytes, bytes.position(), length);
      last.to += length;
      bytes.position(bytes.position() + length);
    }
  }

  private void link(Segment segment) {
    capacity += segment.bytes.capacity();
    if (last == null) {
      first = segment;
    } else {
      last.next = segment;
    }
    last = segment;
  }

  /** So many more of the bytes in the queue may leave. */
  void allow(long bytes) {
    allowed += bytes;
  }

  /** Sends what may leave, as far as the socket takes it. */
  void flush() {
    try {
      while (allowed > 0) {
        long length = 0;
        int count = 0;
        var vector = connection.loop.vector;
        for (var segment = first;
            segment != null && count < vector.length && length < allowed;
            segment = segment.next) {
          int part = (int) Math.min(segment.length(), allowed - length);
          vector[count++] = segment.bytes.clear().limit(segment.from + part).position(segment.from);
          length += part;
        }
        long written = count == 1 ? channel.write(vector[0]) : channel.write(vector, 0, count);
        allowed -= written;
        taken(written);
        sent(written);
        if (written < length) {
          return;
        }
      }
    } catch (IOException e) {
      connection.cannotSend(this);
    }
  }

  private void taken(long bytes) {
    var loop = connection.loop;
    loop.heldBytes -= bytes;
    unsent -= bytes;
    long left = bytes;
    while (first != null) {
      int part = (int) Math.min(left, first.length());
      first.from += part;
      left -= part;
      if (first.length() > 0) {
        return;
      }
      var empty = first;
      first = empty.next;
      if (first == null) {
        last = null;
      }
      empty.next = null;
      capacity -= empty.bytes.capacity();
      loop.segments.give(empty);
    }
  }

  private void sent(long bytes) {
    connection.loop.counters.add(
        towardsClient ? Counters.Of.BYTES_TO_CLIENTS : Counters.Of.BYTES_TO_BROKER, bytes);
  }

  /** Throws the queue away, for good. */
  void discard() {
    if (deaf) {
      return;
    }
    deaf = true;
    shut = true;
    if (unsent > 0) {
      connection.loop.counters.add(Counters.Of.DISCARDED_BYTES, unsent);
      allowed = 0;
      taken(unsent);
    }
    if (towardsClient) {
      connection.loop.forget(connection);
    }
  }

  /** Tells the selector what this leg waits for now. */
  void watch(Leg peer) {
    int wanted =
        (!ended && peer.takesMore() ? SelectionKey.OP_READ : 0)
            | (allowed > 0 ? SelectionKey.OP_WRITE : 0);
    if (wanted != interest) {
      interest = wanted;
      key.interestOps(wanted);
    }
  }
}
