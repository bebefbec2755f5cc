package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.View;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.zip.CRC32C;

/** The segment of the log that is being written. Not thread-safe. */
final class Segment implements AutoCloseable {

  static final String PREFIX = "log-";
  private static final SecureRandom RANDOM = new SecureRandom();

  /** How a segment begins. */
  record Head(long sequence, long salt, Position after) {

    ByteBuffer encode() {
      var head = ByteBuffer.allocate(Format.HEAD);
      head.putInt(Format.LOG)
          .put((byte) Format.VERSION)
          .putLong(sequence)
          .putLong(salt)
          .putLong(after.index())
          .putLong(after.epoch());
      var crc = new CRC32C();
      crc.update(head.array(), 0, head.position());
      return head.putInt((int) crc.getValue()).flip();
    }
  }

  private final Head head;
  private final Volume.Output out;
  private final ByteBuffer staging;
  private final ByteBuffer fields = ByteBuffer.allocate(8 + 4 + 1 + Format.FIELDS);
  private final CRC32C crc = new CRC32C();
  private long size;
  private long safe;
  private long marked;

  private Segment(Head head, Volume.Output out, ByteBuffer staging, long size) {
    this.head = head;
    this.out = out;
    this.staging = staging;
    this.size = size;
    this.safe = size;
    this.marked = size;
  }

  static String name(long sequence) {
    return String.format("%s%010d", PREFIX, sequence);
  }

  /** A new segment. It is safe when this returns. */
  static Segment create(
      Volume volume,
      Path folder,
      ByteBuffer staging,
      long sequence,
      Position after,
      long epoch,
      Optional<View> view)
      throws IOException {
    var head = new Head(sequence, RANDOM.nextLong(), after);
    var file = folder.resolve(name(sequence));
    var temporary = folder.resolve(name(sequence) + ".tmp");
    var out = volume.create(temporary);
    try {
      out.write(head.encode());
      staging.clear();
      var segment = new Segment(head, out, staging, Format.HEAD);
      if (epoch > 0) {
        segment.epoch(epoch);
      }
      if (view.isPresent()) {
        segment.view(view.get());
      }
      segment.force();
      segment.marked = segment.size;
      volume.rename(temporary, file);
      volume.force(folder);
      return segment;
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  /** A segment that was found and is good up to a length. It is safe when this returns. */
  static Segment reopen(
      Volume volume, Path folder, ByteBuffer staging, Head head, long length) throws IOException {
    staging.clear();
    var out = volume.reopen(folder.resolve(name(head.sequence())), length);
    return new Segment(head, out, staging, length);
  }

  long sequence() {
    return head.sequence();
  }

  long size() {
    return size;
  }

  void entry(Entry entry, long committed) throws IOException {
    fields.clear().position(13);
    fields
        .putLong(entry.index())
        .putLong(entry.epoch())
        .putLong(entry.number())
        .putLong(committed);
    record(Format.ENTRY, entry.body());
  }

  void truncate(long lastIndex) throws IOException {
    number(Format.TRUNCATE, lastIndex);
  }

  void epoch(long epoch) throws IOException {
    number(Format.EPOCH, epoch);
  }

  void view(View view) throws IOException {
    fields.clear().position(13);
    record(Format.VIEW, Format.encode(view));
  }

  /** Says in the log how much of it is safe. Free at the beginning of a batch. */
  void mark() throws IOException {
    if (safe > marked) {
      number(Format.SAFE, safe);
      marked = safe;
    }
  }

  /** Everything that was written is safe when this returns. */
  void force() throws IOException {
    drain();
    out.force();
    safe = size;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  private void number(byte kind, long number) throws IOException {
    fields.clear().position(13);
    fields.putLong(number);
    record(kind, new byte[0]);
  }

  /** Writes what is in {@link #fields} after its first 13 bytes, and the rest. */
  private void record(byte kind, byte[] rest) throws IOException {
    var end = fields.position();
    var length = 1 + end - 13 + rest.length;
    fields.putLong(0, head.salt()).putInt(8, length).put(12, kind);
    crc.reset();
    crc.update(fields.array(), 0, end);
    crc.update(rest, 0, rest.length);
    if (staging.remaining() < Format.RECORD + end) {
      drain();
    }
    staging.putInt(length).putInt((int) crc.getValue()).put(fields.array(), 12, end - 12);
    for (var at = 0; at < rest.length; ) {
      if (!staging.hasRemaining()) {
        drain();
      }
      var part = Math.min(rest.length - at, staging.remaining());
      staging.put(rest, at, part);
      at += part;
    }
    size += Format.RECORD + length;
  }

  private void drain() throws IOException {
    out.write(staging.flip());
    staging.clear();
  }
}
