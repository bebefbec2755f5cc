package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.StateMachine;
import io.mosquittoha.agent.replication.Storage.Found;
import io.mosquittoha.agent.replication.View;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what an earlier life of this member wrote. Changes nothing. */
final class Recovery {

  private static final System.Logger LOG = System.getLogger(DiskStorage.class.getName());

  /**
   * A segment that counts.
   *
   * @param length of what is good in it
   * @param highest index of an entry in it, 0 if there is none
   */
  record Part(Segment.Head head, long length, long highest) {}

  /** Anything in a segment. */
  private record Item(byte kind, ByteBuffer payload, int end) {}

  private final Path folder;
  private final StateMachine machine;
  private final long keep;
  private final List<Part> parts = new ArrayList<>();
  private final List<Path> obsolete = new ArrayList<>();
  private final List<Path> broken = new ArrayList<>();
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private @Nullable SnapshotFile snapshot;
  private long snapshotBytes;
  private Position base = Position.START;
  private long number;
  private LogEnd end = new LogEnd(Position.START);
  private long committed;
  private long epoch;
  private Optional<View> view = Optional.empty();
  private long kept; // bytes of the entries that are held
  private long logged; // bytes of the entries after the snapshot

  /**
   * Reads everything.
   *
   * @param keep of the log so many bytes at least are given to the replica; what is older and
   *     committed goes to the state machine
   */
  Recovery(Path folder, StateMachine machine, long keep) throws IOException {
    this.folder = folder;
    this.machine = machine;
    this.keep = keep;
    readSnapshot();
    readSegments();
  }

  Found found() {
    var last = Math.max(base.index(), end.position().index());
    return new Found(
        epoch,
        view,
        base,
        number,
        List.copyOf(entries),
        Math.max(base.index(), Math.min(committed, last)));
  }

  /** Segments that count, in order. None if the received snapshot's own was not begun. */
  List<Part> parts() {
    return parts;
  }

  /** Files that no longer count, in the order in which they may be deleted. */
  List<Path> obsolete() {
    return obsolete;
  }

  /** Snapshots that cannot be read, but are not needed either. */
  List<Path> broken() {
    return broken;
  }

  /** Where the log ends; before the base if the snapshot is ahead of it. */
  LogEnd end() {
    return end;
  }

  long snapshotIndex() {
    return snapshot == null ? 0 : snapshot.snapshot().at().index();
  }

  long snapshotBytes() {
    return snapshotBytes;
  }

  /** Of the segment in which the log goes on after the snapshot. */
  long sequence() {
    return snapshot == null ? 1 : snapshot.sequence();
  }

  long logged() {
    return logged;
  }

  /** Files whose names begin so and end with a number, by that number. */
  static TreeMap<Long, Path> files(Path folder, String prefix) throws IOException {
    var found = new TreeMap<Long, Path>();
    try (var files = Files.list(folder)) {
      for (var file : files.sorted(Comparator.naturalOrder()).toList()) {
        var name = file.getFileName().toString();
        if (name.matches(prefix + "\\d{1,19}")) {
          found.put(Long.parseLong(name.substring(prefix.length())), file);
        }
      }
    }
    return found;
  }

  private void readSnapshot() throws IOException {
    for (var file : files(folder, SnapshotFile.PREFIX).descendingMap().values()) {
      if (snapshot != null) {
        obsolete.add(file);
        continue;
      }
      try {
        snapshot = SnapshotFile.read(file);
        snapshotBytes = Files.size(file);
      } catch (SnapshotFile.BrokenException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} cannot be read ({1}); trying what was before it",
            file,
            e.getMessage());
        broken.add(file);
      }
    }
    if (snapshot != null) {
      base = snapshot.snapshot().at();
      number = snapshot.snapshot().number();
      epoch = snapshot.epoch();
      view = snapshot.view();
    }
  }

  private void readSegments() throws IOException {
    var files = files(folder, Segment.PREFIX);
    if (files.isEmpty()) {
      throw StorageException.damaged(folder.resolve(Segment.name(1)), "the log is missing");
    }
    var counting = files.tailMap(sequence(), true);
    obsolete.addAll(files.headMap(sequence(), false).values());
    if (snapshot == null && !broken.isEmpty() && files.firstKey() != 1) {
      throw StorageException.damaged(
          broken.getFirst(), "no snapshot can be read, and the log alone is not complete");
    }
    if (counting.isEmpty()) {
      if (snapshot == null || snapshot.origin() == SnapshotFile.Origin.TAKEN) {
        throw StorageException.damaged(
            folder.resolve(Segment.name(sequence())), "this part of the log is missing");
      }
      give();
      return;
    }
    give();
    var expected = sequence();
    for (var found : counting.entrySet()) {
      if (found.getKey() != expected) {
        throw StorageException.damaged(
            folder.resolve(Segment.name(expected)), "this part of the log is missing");
      }
      expected++;
      replay(found.getValue(), found.getKey(), found.getKey().equals(counting.lastKey()));
    }
    if (end.position().index() >= base.index()
        && end.at(base.index()).epoch() != base.epoch()
        && base.index() > 0) {
      throw StorageException.damaged(
          folder.resolve(Segment.name(sequence())),
          "the log does not belong to the snapshot at " + base);
    }
  }

  private void give() {
    if (snapshot != null) {
      machine.replace(snapshot.snapshot().records());
    }
  }

  private void replay(Path file, long sequence, boolean last) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    var head = head(file, bytes);
    if (head.sequence() != sequence) {
      throw StorageException.damaged(file, "this is segment " + head.sequence());
    }
    begin(file, head.after());
    var at = Format.HEAD;
    var highest = 0L;
    while (at < bytes.limit()) {
      var item = item(bytes, at, head.salt());
      if (item == null) {
        torn(file, bytes, at, head.salt(), last);
        break;
      }
      try {
        highest = Math.max(highest, apply(file, at, item));
      } catch (BufferUnderflowException e) {
        throw StorageException.damaged(file, "the record at " + at + " is too short");
      }
      at = item.end();
    }
    parts.add(new Part(head, at, highest));
  }

  static Segment.Head head(Path file, ByteBuffer bytes) {
    if (bytes.limit() < Format.HEAD || bytes.getInt(0) != Format.LOG) {
      throw StorageException.damaged(file, "this is no segment of a log");
    }
    var version = Byte.toUnsignedInt(bytes.get(4));
    if (version != Format.VERSION) {
      throw StorageException.unknownVersion(file, version);
    }
    var head =
        new Segment.Head(
            bytes.getLong(5),
            bytes.getLong(13),
            new Position(bytes.getLong(21), bytes.getLong(29)));
    if (!head.encode().equals(bytes.slice(0, Format.HEAD))) {
      throw StorageException.damaged(file, "the head's CRC is wrong");
    }
    return head;
  }

  /** Joins a segment to what was read before it. */
  private void begin(Path file, Position after) {
    if (!parts.isEmpty() && after.equals(end.position())) {
      return;
    }
    if (after.index() > base.index()) {
      throw StorageException.damaged(
          file,
          "it goes on after "
              + after
              + ", but what was found before it ends at "
              + (parts.isEmpty() ? base : end.position()));
    }
    // Everything before it is in the snapshot.
    entries.clear();
    kept = 0;
    end = new LogEnd(after);
  }

  private static @Nullable Item item(ByteBuffer bytes, int at, long salt) {
    var left = bytes.limit() - at - Format.RECORD;
    if (left < 1) {
      return null;
    }
    var length = bytes.getInt(at);
    if (length < 1 || length > left) {
      return null;
    }
    var start = at + Format.RECORD;
    var kind = bytes.get(start);
    var payload = bytes.slice(start + 1, length - 1);
    return Format.crc(salt, length, kind, payload.duplicate()) == bytes.getInt(at + 4)
        ? new Item(kind, payload, start + length)
        : null;
  }

  /** A bad record: the end of an unfinished write, or damage. */
  private static void torn(Path file, ByteBuffer bytes, int at, long salt, boolean last) {
    var damaged = !last;
    for (var i = at + 1; !damaged && i <= bytes.limit() - Format.RECORD - 9; i++) {
      if (bytes.getInt(i) == 9 && bytes.get(i + Format.RECORD) == Format.SAFE) {
        var mark = item(bytes, i, salt);
        damaged = mark != null && mark.payload().getLong(0) > at;
      }
    }
    if (damaged) {
      throw StorageException.damaged(
          file, "the record at " + at + " is damaged, and there are good ones behind it");
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "{0}: the last write was not finished; {1} bytes after {2} are cut off",
        file,
        String.valueOf(bytes.limit() - at),
        String.valueOf(at));
  }

  /** Returns the entry's index, 0 if it is none. */
  private long apply(Path file, int at, Item item) {
    var payload = item.payload();
    switch (item.kind()) {
      case Format.ENTRY -> {
        var index = payload.getLong();
        var entryEpoch = payload.getLong();
        var entryNumber = payload.getLong();
        var hint = payload.getLong();
        if (index > end.position().index() + 1) {
          throw StorageException.damaged(
              file, "entry " + index + " at " + at + " follows " + end.position());
        }
        truncate(file, index - 1);
        end.append(new Position(index, entryEpoch));
        committed = Math.max(committed, hint);
        if (index > base.index()) {
          var body = new byte[payload.remaining()];
          payload.get(body);
          entries.add(new Entry(index, entryEpoch, entryNumber, body));
          kept += cost(entries.getLast());
          logged += cost(entries.getLast());
          settle();
        }
        return index;
      }
      case Format.TRUNCATE -> truncate(file, payload.getLong());
      case Format.EPOCH -> epoch = Math.max(epoch, payload.getLong());
      case Format.VIEW -> view = Optional.of(Format.view(payload));
      case Format.SAFE -> {}
      default ->
          throw new StorageException(
              file
                  + ": the record at "
                  + at
                  + " is of the unknown kind "
                  + item.kind()
                  + "; a later version of the agent wrote it",
              null);
    }
    return 0;
  }

  private void truncate(Path file, long lastIndex) {
    if (lastIndex < base.index() && base.index() > snapshotIndex()) {
      throw StorageException.damaged(
          file, "it removes entries after " + lastIndex + ", but " + base + " was committed");
    }
    while (!entries.isEmpty() && entries.getLast().index() > lastIndex) {
      kept -= cost(entries.removeLast());
    }
    end.truncate(lastIndex);
  }

  /** Committed entries that need not be kept go to the state machine, so that memory is bounded. */
  private void settle() {
    while (kept > keep && !entries.isEmpty() && entries.getFirst().index() <= committed) {
      var entry = entries.removeFirst();
      kept -= cost(entry);
      machine.apply(entry);
      base = new Position(entry.index(), entry.epoch());
      number = entry.number();
    }
  }

  static long cost(Entry entry) {
    return Format.RECORD + 1L + Format.FIELDS + entry.body().length;
  }
}
