package io.mosquittoha.agent.gate;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A piece of memory outside the heap, and a link of a queue of them. */
final class Segment {

  final ByteBuffer bytes;

  /** What can be given back to the system with this segment alone; null if it shares a block. */
  final @Nullable Arena arena;

  /** The bytes in use stand from here … */
  int from;

  /** … to here. */
  int to;

  @Nullable Segment next;

  Segment(ByteBuffer bytes, @Nullable Arena arena) {
    this.bytes = bytes;
    this.arena = arena;
  }

  int length() {
    return to - from;
  }

  int room() {
    return bytes.capacity() - to;
  }
}
