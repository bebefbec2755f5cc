package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.Snapshot;
import io.mosquittoha.agent.replication.StateMachine;
import io.mosquittoha.agent.replication.Storage;
import io.mosquittoha.agent.replication.View;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a replica's log and state in a folder. Appended entries are gathered and forced together by one
 * thread. {@link #load}, then {@link #start}; the other calls come in order, as from one thread.
 *
 * <p>Nobody who waits for the disk may do so in a thread that can be interrupted, because that would
 * close the file. And the thread that reports what is safe may have to wait for the replica's lock,
 * whose holder may just be waiting for the disk. So {@link #epoch} and {@link #replaced} have a thread
 * of their own write everything that is due, whoever put it there.
 */
public final class DiskStorage implements Storage, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DiskStorage.class.getName());
  private static final String LOCK = "lock";
  private static final String ASIDE = "-set-aside-";
  private static final int ASIDE_KEPT = 2;
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  /**
   * Sizes in bytes.
   *
   * @param segment so long a segment gets
   * @param batch so much is forced at once at most
   * @param snapshot so much of a log is worth a snapshot
   * @param keep so much of the log is read into memory
   */
  record Limits(long segment, long batch, long snapshot, long keep) {}

  private static final Limits LIMITS = new Limits(16L << 20, 1L << 20, 32L << 20, 32L << 20);

  /** What goes into the log. */
  private sealed interface Change {
    record Added(Entry entry, long committed) implements Change {}

    record Truncated(long lastIndex) implements Change {}

    record Accepted(long epoch) implements Change {}

    record Seen(View view) implements Change {}
  }

  /** A segment that is complete. */
  private record Closed(long sequence, long highest) {}

  private interface Step {
    void run() throws IOException;
  }

  private final Path folder;
  private final Volume volume;
  private final Limits limits;
  private final FileChannel lock;
  private final String incarnation;

  /** Guards the files, and the fields from here on. Taken before {@link #monitor}. */
  private final ReentrantLock io = new ReentrantLock();

  private final ByteBuffer staging = ByteBuffer.allocateDirect(256 << 10);
  private final ArrayDeque<Closed> closedSegments = new ArrayDeque<>();
  private @Nullable Segment segment;
  private long highest; // entry in the segment
  private LogEnd end = new LogEnd(Position.START);
  private long writtenEpoch;
  private Optional<View> writtenView = Optional.empty();
  private long snapshotIndex;

  /** Guards the fields from here on. Nothing slow is done under it. */
  private final Object monitor = new Object();

  private final ArrayDeque<Change> queue = new ArrayDeque<>();
  private long queued; // changes ever
  private long written; // of them
  private long epoch;
  private Optional<View> view = Optional.empty();
  private long committed;
  private @Nullable Position safe; // and not reported yet
  private boolean reporting;

  /** Entries were removed while they were reported: that may be taken for a report of later ones. */
  private boolean overtaken;
  /** Counts removals of entries. What is written meanwhile is not reported. */
  private long removals;
  private long logged; // bytes since the last snapshot
  private long snapshotBytes;
  private boolean compacting;
  private @Nullable IOException failure;
  private boolean closed;

  /**
   * Takes possession of a folder, and creates it if necessary.
   *
   * @throws StorageException if it cannot be used; the message says what to do
   */
  public DiskStorage(Path folder) {
    this(folder, Volume.REAL, LIMITS);
  }

  DiskStorage(Path folder, Volume volume, Limits limits) {
    this.folder = folder.toAbsolutePath();
    this.volume = volume;
    this.limits = limits;
    try {
      if (!Files.isDirectory(this.folder)) {
        Files.createDirectories(this.folder);
        volume.force(this.folder.getParent());
      }
      lock = lock(this.folder);
      try {
        incarnation = identify();
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw unusable(this.folder, e);
    }
  }

  /** This life of the member; new when it begins with an empty folder. */
  public String incarnation() {
    return incarnation;
  }

  @Override
  public Found load(StateMachine into) {
    io.lock();
    try {
      if (segment != null) {
        throw new IllegalStateException("loaded already");
      }
      var recovery = new Recovery(folder, into, limits.keep());
      var found = recovery.found();
      resume(recovery, found);
      return found;
    } catch (IOException e) {
      throw unusable(folder, e);
    } finally {
      io.unlock();
    }
  }

  /**
   * Begins to write what is appended.
   *
   * @param durable told up to where entries are safe, from a thread that may wait for the replica
   * @param failed told once if the folder cannot be written any more; nothing is safe from then on
   */
  public void start(Consumer<Position> durable, Consumer<IOException> failed) {
    Thread.ofPlatform()
        .name("storage-writer")
        .daemon()
        .start(() -> write(durable, failed));
  }

  @Override
  public void epoch(long newEpoch) {
    synchronized (monitor) {
      epoch = Math.max(epoch, newEpoch);
      enqueue(new Change.Accepted(newEpoch));
    }
    safely(this::flushAll);
  }

  @Override
  public void view(View newView) {
    synchronized (monitor) {
      view = Optional.of(newView);
      enqueue(new Change.Seen(newView));
    }
  }

  @Override
  public boolean append(List<Entry> entries) {
    synchronized (monitor) {
      for (var entry : entries) {
        enqueue(new Change.Added(entry, committed));
        logged += Recovery.cost(entry);
      }
      if (!overtaken || failure != null || closed) {
        return false;
      }
    }
    // Rare: a report that is on its way might be taken for these entries, so they have to be safe.
    safely(this::flushAll);
    return true;
  }

  @Override
  public void truncate(long lastIndex) {
    synchronized (monitor) {
      enqueue(new Change.Truncated(lastIndex));
      removed(lastIndex);
    }
  }

  @Override
  public void committed(long index) {
    synchronized (monitor) {
      committed = Math.max(committed, index);
    }
  }

  @Override
  public boolean wantsSnapshot() {
    synchronized (monitor) {
      return !compacting
          && !closed
          && failure == null
          && logged > Math.max(limits.snapshot(), 2 * snapshotBytes);
    }
  }

  @Override
  public void compact(Snapshot snapshot) {
    long ticket;
    synchronized (monitor) {
      if (compacting || closed || failure != null) {
        return;
      }
      compacting = true;
      logged = 0;
      ticket = queued;
    }
    Thread.ofPlatform()
        .name("storage-snapshot")
        .daemon()
        .start(() -> compact(snapshot, ticket));
  }

  @Override
  public void replaced(Snapshot snapshot) {
    safely(() -> replace(snapshot));
  }

  /** Writes what is due and lets go of the folder. */
  @Override
  public void close() {
    synchronized (monitor) {
      if (closed) {
        return;
      }
      closed = true;
      monitor.notifyAll();
      await(() -> !compacting);
    }
    inItsOwnThread(this::finish);
    try {
      lock.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot unlock " + folder, e);
    }
  }

  /**
   * Closes the storage and moves the folder beside itself, so that the member begins as a stranger with
   * the next storage.
   *
   * @return where it is now; the last two are kept
   */
  public Path setAside() {
    close();
    return setAside(folder, volume);
  }

  /**
   * The same for a folder that nobody uses, because it cannot be loaded.
   *
   * @throws StorageException if an agent uses it
   */
  public static Path setAside(Path folder) {
    return setAside(folder.toAbsolutePath(), Volume.REAL);
  }

  private static Path setAside(Path folder, Volume volume) {
    try {
      var held = lock(folder);
      Path target;
      try {
        target =
            folder.resolveSibling(
                folder.getFileName() + ASIDE + TIMESTAMP.format(Instant.now()));
        volume.rename(folder, target);
        volume.force(folder.getParent());
      } finally {
        held.close();
      }
      LOG.log(System.Logger.Level.WARNING, "what was in {0} is in {1} now", folder, target);
      var all = aside(folder);
      for (var old : all.subList(0, Math.max(0, all.size() - ASIDE_KEPT))) {
        try (var files = Files.walk(old)) {
          for (var file : files.toList().reversed()) {
            volume.delete(file);
          }
        }
      }
      return target;
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  /** Folders that were set aside, the oldest first. */
  private static List<Path> aside(Path folder) throws IOException {
    try (var siblings = Files.list(folder.getParent())) {
      return siblings
          .filter(path -> path.getFileName().toString().startsWith(folder.getFileName() + ASIDE))
          .sorted()
          .toList();
    }
  }

  // The beginning.

  private static FileChannel lock(Path folder) throws IOException {
    var channel =
        FileChannel.open(
            folder.resolve(LOCK), StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // The same as if another process had it.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new StorageException(
        folder
            + " is in use by another agent. Each member needs a volume of its own; if this is a"
            + " restart, wait until the former process has ended",
        null);
  }

  private static StorageException unusable(Path folder, IOException cause) {
    return new StorageException(folder + " cannot be used: " + cause, cause);
  }

  private String identify() throws IOException {
    try (var files = Files.list(folder)) {
      for (var file : files.filter(path -> path.toString().endsWith(".tmp")).toList()) {
        volume.delete(file);
      }
    }
    var known = Identity.read(folder);
    if (known.isPresent()) {
      return known.get();
    }
    // The log comes first, so that an identity without a log is known to have lost it.
    var segments = Recovery.files(folder, Segment.PREFIX);
    var first = segments.get(1L);
    var begun =
        segments.isEmpty()
            || (segments.size() == 1 && first != null && Files.size(first) == Format.HEAD);
    if (!begun || !Recovery.files(folder, SnapshotFile.PREFIX).isEmpty()) {
      throw StorageException.damaged(
          folder.resolve(Identity.FILE), "it is missing, but there is a log");
    }
    Segment.create(volume, folder, staging, 1, Position.START, 0, Optional.empty()).close();
    var before = 0L;
    for (var former : aside(folder)) {
      before = Math.max(before, Identity.read(former).map(Identity::time).orElse(0L));
    }
    var fresh = Identity.fresh(before);
    Identity.write(volume, folder, fresh);
    return fresh;
  }

  /** Goes on where an earlier life stopped. */
  private void resume(Recovery recovery, Found found) throws IOException {
    synchronized (monitor) {
      epoch = found.epoch();
      view = found.view();
      committed = found.committed();
      logged = recovery.logged();
      snapshotBytes = recovery.snapshotBytes();
    }
    writtenEpoch = found.epoch();
    writtenView = found.view();
    snapshotIndex = recovery.snapshotIndex();
    end = recovery.end();
    var parts = recovery.parts();
    if (parts.isEmpty()) {
      end.reset(found.base());
      segment = create(recovery.sequence(), found.base());
    } else {
      parts.subList(0, parts.size() - 1)
          .forEach(part -> closedSegments.add(new Closed(part.head().sequence(), part.highest())));
      var last = parts.getLast();
      highest = last.highest();
      segment = Segment.reopen(volume, folder, staging, last.head(), last.length());
      if (end.position().index() < found.base().index()) {
        roll(found.base());
        end.reset(found.base());
      }
    }
    for (var file : recovery.broken()) {
      volume.rename(file, file.resolveSibling(file.getFileName() + ".broken"));
    }
    delete(recovery.obsolete());
  }

  // Writing.

  private void enqueue(Change change) {
    if (!closed && failure == null) {
      queue.add(change);
      queued++;
      monitor.notifyAll();
    }
  }

  private void removed(long lastIndex) {
    removals++;
    overtaken = reporting;
    if (safe != null && safe.index() > lastIndex) {
      safe = null;
    }
  }

  /** Waits under the monitor. */
  private void await(BooleanSupplier condition) {
    var interrupted = false;
    while (!condition.getAsBoolean()) {
      try {
        monitor.wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Consumer<Position> durable, Consumer<IOException> failed) {
    while (true) {
      Position report;
      IOException broken;
      synchronized (monitor) {
        await(() -> !queue.isEmpty() || safe != null || failure != null || closed);
        if (closed) {
          return;
        }
        report = safe;
        safe = null;
        reporting = report != null;
        broken = failure;
      }
      if (report != null) {
        try {
          durable.accept(report);
        } catch (RuntimeException | Error e) {
          fail(e);
        }
        synchronized (monitor) {
          reporting = false;
          overtaken = false;
        }
      } else if (broken != null) {
        failed.accept(broken);
        return;
      } else {
        io.lock();
        try {
          flush();
        } catch (IOException | RuntimeException | Error e) {
          fail(e);
        } finally {
          io.unlock();
        }
      }
    }
  }

  /** Does something with the files and waits for it. It is done when this returns. */
  private void safely(Step step) {
    requireWritable();
    inItsOwnThread(step);
    requireWritable();
  }

  private void requireWritable() {
    synchronized (monitor) {
      if (failure != null) {
        throw new StorageException(folder + " cannot be written: " + failure, failure);
      }
      if (closed) {
        throw new StorageException(folder + " is closed", null);
      }
    }
  }

  private void inItsOwnThread(Step step) {
    var thread =
        Thread.ofPlatform()
            .name("storage-step")
            .daemon()
            .start(
                () -> {
                  io.lock();
                  try {
                    step.run();
                  } catch (IOException | RuntimeException | Error e) {
                    fail(e);
                  } finally {
                    io.unlock();
                  }
                });
    var interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(Throwable cause) {
    synchronized (monitor) {
      if (failure == null) {
        failure = cause instanceof IOException e ? e : new IOException(cause);
        queue.clear();
        monitor.notifyAll();
        LOG.log(System.Logger.Level.ERROR, folder + " is not written any more", cause);
      }
    }
  }

  private Segment open() {
    if (segment == null) {
      throw new IllegalStateException("not loaded, or closed");
    }
    return segment;
  }

  private Segment create(long sequence, Position after) throws IOException {
    return Segment.create(volume, folder, staging, sequence, after, writtenEpoch, writtenView);
  }

  /** Begins another segment. What is in the one before is safe. */
  private void roll(Position after) throws IOException {
    var former = open();
    segment = create(former.sequence() + 1, after);
    closedSegments.add(new Closed(former.sequence(), highest));
    highest = 0;
    former.close();
  }

  private void flushAll() throws IOException {
    long ticket;
    synchronized (monitor) {
      ticket = queued;
    }
    flushUpTo(ticket);
  }

  /** Makes safe so many of the changes that there ever were. */
  private void flushUpTo(long ticket) throws IOException {
    while (true) {
      synchronized (monitor) {
        if (written >= ticket || failure != null) {
          return;
        }
      }
      flush();
    }
  }

  /** Writes a batch and makes it safe. */
  private void flush() throws IOException {
    var batch = new ArrayList<Change>();
    long removalsBefore;
    synchronized (monitor) {
      var bytes = 0L;
      while (!queue.isEmpty() && bytes < limits.batch()) {
        var change = queue.remove();
        batch.add(change);
        bytes += change instanceof Change.Added added ? Recovery.cost(added.entry()) : 0;
      }
      removalsBefore = removals;
    }
    if (batch.isEmpty()) {
      return;
    }
    if (open().size() >= limits.segment()) {
      roll(end.position());
    }
    var log = open();
    log.mark();
    var moved = false;
    for (var change : batch) {
      switch (change) {
        case Change.Added(var entry, var hint) -> {
          log.entry(entry, hint);
          end.truncate(entry.index() - 1);
          end.append(new Position(entry.index(), entry.epoch()));
          highest = Math.max(highest, entry.index());
          moved = true;
        }
        case Change.Truncated(var lastIndex) -> {
          log.truncate(lastIndex);
          end.truncate(lastIndex);
          moved = true;
        }
        case Change.Accepted(var newEpoch) -> {
          log.epoch(newEpoch);
          writtenEpoch = Math.max(writtenEpoch, newEpoch);
        }
        case Change.Seen(var newView) -> {
          log.view(newView);
          writtenView = Optional.of(newView);
        }
      }
    }
    log.force();
    synchronized (monitor) {
      written += batch.size();
      if (moved && removals == removalsBefore) {
        safe = end.position();
        monitor.notifyAll();
      }
    }
  }

  private void finish() throws IOException {
    if (segment == null) {
      return;
    }
    try {
      if (!isBroken()) {
        flushAll();
        open().mark();
        open().force();
      }
    } finally {
      open().close();
      segment = null;
    }
  }

  private boolean isBroken() {
    synchronized (monitor) {
      return failure != null;
    }
  }

  // Snapshots.

  private void compact(Snapshot snapshot, long ticket) {
    try {
      store(snapshot, ticket);
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
    } finally {
      synchronized (monitor) {
        compacting = false;
        monitor.notifyAll();
      }
    }
  }

  private void store(Snapshot snapshot, long ticket) throws IOException {
    var index = snapshot.at().index();
    SnapshotFile file;
    io.lock();
    try {
      if (index <= snapshotIndex) {
        return;
      }
      var goesOn =
          closedSegments.stream()
              .filter(former -> former.highest() > index)
              .findFirst()
              .map(Closed::sequence)
              .orElse(open().sequence());
      file =
          new SnapshotFile(
              SnapshotFile.Origin.TAKEN, goesOn, writtenEpoch, writtenView, snapshot);
    } finally {
      io.unlock();
    }
    var temporary = folder.resolve(file.name() + ".tmp");
    long size;
    try {
      size = file.write(volume, temporary, this::isClosed);
    } catch (IOException e) {
      // The log is still complete. There will be another attempt when it has grown again.
      if (!isClosed()) {
        LOG.log(System.Logger.Level.WARNING, "no snapshot was written to " + temporary, e);
      }
      volume.delete(temporary);
      return;
    }
    List<Path> obsolete;
    io.lock();
    try {
      if (index <= snapshotIndex || isClosed()) {
        volume.delete(temporary);
        return;
      }
      // The log may not lag behind the snapshot: what it has beyond might be of another history.
      flushUpTo(ticket);
      adopt(file, temporary, size);
      obsolete = obsolete(file);
    } finally {
      io.unlock();
    }
    delete(obsolete);
  }

  private boolean isClosed() {
    synchronized (monitor) {
      return closed || failure != null;
    }
  }

  /** From here on a snapshot counts. */
  private void adopt(SnapshotFile file, Path temporary, long size) throws IOException {
    volume.rename(temporary, folder.resolve(file.name()));
    volume.force(folder);
    snapshotIndex = file.snapshot().at().index();
    synchronized (monitor) {
      snapshotBytes = size;
    }
  }

  /** What does not count any more, in the order in which it may be deleted. */
  private List<Path> obsolete(SnapshotFile file) throws IOException {
    var obsolete =
        new ArrayList<>(
            Recovery.files(folder, SnapshotFile.PREFIX).headMap(snapshotIndex, false).values());
    while (!closedSegments.isEmpty() && closedSegments.getFirst().sequence() < file.sequence()) {
      obsolete.add(folder.resolve(Segment.name(closedSegments.removeFirst().sequence())));
    }
    return obsolete;
  }

  private void replace(Snapshot snapshot) throws IOException {
    long newestEpoch;
    Optional<View> newestView;
    synchronized (monitor) {
      if (failure != null) {
        return;
      }
      queue.clear();
      written = queued;
      removed(0);
      logged = 0;
      newestEpoch = epoch;
      newestView = view;
    }
    writtenEpoch = newestEpoch;
    writtenView = newestView;
    var next = open().sequence() + 1;
    var file =
        new SnapshotFile(
            SnapshotFile.Origin.RECEIVED, next, newestEpoch, newestView, snapshot);
    var temporary = folder.resolve(file.name() + ".tmp");
    var size = file.write(volume, temporary, () -> false);
    adopt(file, temporary, size);
    roll(snapshot.at());
    end.reset(snapshot.at());
    delete(obsolete(file));
  }

  private void delete(List<Path> obsolete) throws IOException {
    for (var file : obsolete) {
      volume.delete(file);
    }
  }
}
