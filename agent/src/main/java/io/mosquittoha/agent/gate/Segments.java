package io.mosquittoha.agent.gate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one loop, in three sizes. A queue of ten thousand acknowledgements of four bytes
 * must not take ten thousand large buffers, and a large message not a thousand small ones.
 *
 * <p>Of the middle and the large size only a few are kept when they are not used; the rest goes
 * back to the system at once, rather than when the garbage collector happens to come by. All memory
 * is of the thread that takes it.
 */
final class Segments implements AutoCloseable {

  static final int SMALL = 1 << 10;
  static final int MIDDLE = 8 << 10;
  static final int LARGE = 64 << 10;

  /** No connection gets more than this. */
  static final int SHARE_MAX = 1 << 20;

  private final long total;
  private @Nullable Arena lasting;
  private final Shelf small = new Shelf(SMALL, Integer.MAX_VALUE);
  private final Shelf middle = new Shelf(MIDDLE, 64);
  private final Shelf large = new Shelf(LARGE, 16);
  private long used;

  Segments(long total) {
    this.total = total;
  }

  long used() {
    return used;
  }

  /** Counts memory on the heap that goes with what is held. */
  void charge(long bytes) {
    used += bytes;
  }

  /**
   * How much one connection may hold now: an eighth of what is free. So some is always free,
   * however many of them do not read; and each may hold a little, however full it is.
   */
  int share() {
    return Math.clamp((total - used) >> 3, SMALL, SHARE_MAX);
  }

  Segment take(int size) {
    var segment = shelf(size).take();
    used += size;
    segment.from = 0;
    segment.to = 0;
    return segment;
  }

  void give(Segment segment) {
    used -= segment.bytes.capacity();
    shelf(segment.bytes.capacity()).give(segment);
  }

  private Shelf shelf(int size) {
    return switch (size) {
      case SMALL -> small;
      case MIDDLE -> middle;
      default -> large;
    };
  }

  /** Nothing that was taken may be used afterwards. */
  @Override
  public void close() {
    middle.clear();
    large.clear();
    if (lasting != null) {
      lasting.close();
    }
  }

  private final class Shelf {
    private final int size;
    private final int keep;
    private @Nullable Segment first;
    private int count;

    Shelf(int size, int keep) {
      this.size = size;
      this.keep = keep;
    }

    Segment take() {
      if (first == null) {
        make();
      }
      var taken = Objects.requireNonNull(first);
      first = taken.next;
      taken.next = null;
      count--;
      return taken;
    }

    void give(Segment segment) {
      if (count >= keep && segment.arena != null) {
        segment.arena.close();
        return;
      }
      segment.next = first;
      first = segment;
      count++;
    }

    private void make() {
      if (size == SMALL) {
        if (lasting == null) {
          lasting = Arena.ofConfined();
        }
        MemorySegment block = lasting.allocate(LARGE);
        for (int i = 0; i < LARGE; i += SMALL) {
          give(new Segment(block.asSlice(i, SMALL).asByteBuffer(), null));
        }
      } else {
        var arena = Arena.ofConfined();
        give(new Segment(arena.allocate(size).asByteBuffer(), arena));
      }
    }

    void clear() {
      for (var segment = first; segment != null; segment = segment.next) {
        if (segment.arena != null) {
          segment.arena.close();
        }
      }
      first = null;
      count = 0;
    }
  }
}
