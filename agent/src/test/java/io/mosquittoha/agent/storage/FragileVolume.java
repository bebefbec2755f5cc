package io.mosquittoha.agent.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A volume that crashes, fills up, counts, and loses what was not forced: written bytes, and renamed
 * or removed files. It forces nothing itself.
 */
final class FragileVolume implements Volume {

  /** Lengths of a file. */
  private static final class Length {
    long written;
    long forced;
  }

  private interface Undo {
    void run() throws IOException;
  }

  /** A change of which files there are, not yet forced. */
  private record Change(Set<Path> files, Undo undo) {}

  private final Path graveyard;
  private final Random random;
  private final Map<Path, Length> lengths = new HashMap<>();
  private final ArrayDeque<Change> unforced = new ArrayDeque<>();
  private final List<FileChannel> open = new ArrayList<>();
  private long operations;
  private long crashAt = Long.MAX_VALUE;
  private long room = Long.MAX_VALUE;
  private long forceNanos;
  private int forces;
  private int buried;
  private String refused = "nothing";
  private final CountDownLatch holding = new CountDownLatch(1);
  private volatile @Nullable Semaphore hold;

  FragileVolume(Path graveyard, long seed) throws IOException {
    this.graveyard = Files.createDirectories(graveyard);
    this.random = new Random(seed);
  }

  synchronized void crashAfter(long more) {
    crashAt = operations + more;
  }

  synchronized boolean hasCrashed() {
    return operations >= crashAt;
  }

  synchronized long operations() {
    return operations;
  }

  synchronized int forces() {
    return forces;
  }

  synchronized void forceTakes(long nanos) {
    forceNanos = nanos;
  }

  /** The next force waits for a permit. */
  CountDownLatch hold(Semaphore permit) {
    hold = permit;
    return holding;
  }

  /** So many bytes can still be written. */
  synchronized void room(long bytes) {
    room = bytes;
  }

  /** Files whose names contain this cannot be made. */
  synchronized void refuse(String part) {
    refused = part;
  }

  /** The process has died, or the whole node has: then what was not forced may be gone. */
  synchronized void aftermath(boolean powerLost) throws IOException {
    for (var channel : open) {
      channel.close();
    }
    open.clear();
    if (powerLost) {
      // Any of them may be lost, but not one that a later one that is kept was made upon.
      var kept = new HashSet<Path>();
      for (; !unforced.isEmpty(); unforced.removeLast()) {
        var change = unforced.getLast();
        if (random.nextBoolean() && Collections.disjoint(kept, change.files())) {
          change.undo().run();
        } else {
          kept.addAll(change.files());
        }
      }
      for (var file : lengths.entrySet()) {
        lose(file.getKey(), file.getValue());
      }
    }
    unforced.clear();
    lengths.clear();
    crashAt = Long.MAX_VALUE;
    room = Long.MAX_VALUE;
  }

  /** Of the bytes that were not forced, any pages may have reached the disk. */
  private void lose(Path file, Length length) throws IOException {
    if (!Files.exists(file) || length.written == length.forced) {
      return;
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      var unforcedBytes = length.written - length.forced;
      channel.truncate(length.forced + random.nextLong(unforcedBytes + 1));
      var left = channel.size() - length.forced;
      if (left > 1 && random.nextBoolean()) {
        var hole = ByteBuffer.allocate((int) Math.min(64, random.nextLong(left) + 1));
        channel.write(hole, length.forced + random.nextLong(left - hole.limit() + 1));
      }
    }
  }

  private void operation() throws IOException {
    if (hasCrashed() || ++operations >= crashAt) {
      throw new IOException("crashed");
    }
  }

  @Override
  public synchronized Output create(Path file) throws IOException {
    operation();
    if (file.getFileName().toString().contains(refused)) {
      throw new IOException("Input/output error");
    }
    var replaced = Files.exists(file) ? bury(file) : null;
    var length = new Length();
    lengths.put(file, length);
    changed(
        Set.of(file),
        () -> {
          Files.delete(file);
          lengths.remove(file);
          if (replaced != null) {
            Files.move(replaced, file);
            move(replaced, file);
          }
        });
    return output(
        length,
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
  }

  @Override
  public synchronized Output reopen(Path file, long to) throws IOException {
    operation();
    var channel = FileChannel.open(file, StandardOpenOption.WRITE);
    channel.truncate(to);
    channel.position(to);
    var length = new Length();
    length.written = to;
    length.forced = to;
    lengths.put(file, length);
    return output(length, channel);
  }

  private Output output(Length length, FileChannel channel) {
    open.add(channel);
    return new Output() {
      @Override
      public void write(ByteBuffer bytes) throws IOException {
        synchronized (FragileVolume.this) {
          var whole = bytes.remaining();
          var part = (int) Math.min(whole, room);
          try {
            operation();
          } catch (IOException e) {
            if (channel.isOpen()) {
              part = random.nextInt(part + 1);
              put(bytes.slice(bytes.position(), part));
            }
            throw e;
          }
          put(bytes.slice(bytes.position(), part));
          room -= part;
          if (part < whole) {
            throw new IOException("No space left on device");
          }
          bytes.position(bytes.limit());
        }
      }

      private void put(ByteBuffer bytes) throws IOException {
        length.written += bytes.remaining();
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }

      @Override
      public void force() throws IOException {
        var held = hold;
        if (held != null) {
          holding.countDown();
          held.acquireUninterruptibly();
        }
        long nanos;
        synchronized (FragileVolume.this) {
          operation();
          forces++;
          length.forced = length.written;
          nanos = forceNanos;
        }
        if (nanos > 0) {
          LockSupport.parkNanos(nanos);
        }
      }

      @Override
      public void close() throws IOException {
        synchronized (FragileVolume.this) {
          open.remove(channel);
          channel.close();
        }
      }
    };
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    operation();
    var replaced = Files.exists(to) ? bury(to) : null;
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    move(from, to);
    changed(
        Set.of(from, to),
        () -> {
          Files.move(to, from, StandardCopyOption.ATOMIC_MOVE);
          move(to, from);
          if (replaced != null) {
            Files.move(replaced, to);
            move(replaced, to);
          }
        });
  }

  @Override
  public synchronized void delete(Path file) throws IOException {
    operation();
    if (Files.exists(file)) {
      var grave = bury(file);
      changed(
          Set.of(file),
          () -> {
            Files.move(grave, file);
            move(grave, file);
          });
    }
  }

  private void changed(Set<Path> files, Undo undo) {
    unforced.add(new Change(files, undo));
  }

  private Path bury(Path file) throws IOException {
    var grave = graveyard.resolve(String.valueOf(buried++));
    Files.move(file, grave);
    move(file, grave);
    return grave;
  }

  private void move(Path from, Path to) {
    var length = lengths.remove(from);
    if (length != null) {
      lengths.put(to, length);
    }
  }

  @Override
  public synchronized void force(Path folder) throws IOException {
    operation();
    unforced.clear();
  }
}
