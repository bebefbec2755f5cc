package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.Snapshot;
import io.mosquittoha.agent.replication.View;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/**
 * A snapshot and what has to be known beside it.
 *
 * @param origin whether it was taken here or received
 * @param sequence of the segment in which the log goes on; segments before it do not count
 * @param epoch the highest that was accepted
 */
record SnapshotFile(
    Origin origin, long sequence, long epoch, Optional<View> view, Snapshot snapshot) {

  static final String PREFIX = "snapshot-";
  private static final int END = 0xffffffff;
  private static final int CHUNK = 256 << 10;

  /** So much is forced at a time, so that the log's own writes do not wait for all of it. */
  private static final long FORCE = 4L << 20;

  /** Whose log it replaces. */
  enum Origin {
    TAKEN,
    RECEIVED
  }

  /** A snapshot that is not as it was written. */
  static final class BrokenException extends IOException {
    private static final long serialVersionUID = 1;

    BrokenException(String message) {
      super(message);
    }
  }

  static String name(long index) {
    return String.format("%s%019d", PREFIX, index);
  }

  String name() {
    return name(snapshot.at().index());
  }

  /**
   * Writes it under a temporary name and makes it safe; the renaming is left to the caller.
   *
   * @param stop asked now and then: whether to give up
   * @return its length
   */
  long write(Volume volume, Path temporary, BooleanSupplier stop) throws IOException {
    var crc = new CRC32C();
    var size = 0L;
    var forced = 0L;
    var chunk = ByteBuffer.allocateDirect(CHUNK);
    try (var out = volume.create(temporary)) {
      size += put(out, chunk, crc, head());
      for (var record : snapshot.records()) {
        size += put(out, chunk, crc, ByteBuffer.allocate(4).putInt(record.length).array());
        size += put(out, chunk, crc, record);
        if (size - forced > FORCE) {
          if (stop.getAsBoolean()) {
            throw new IOException("the storage was closed");
          }
          drain(out, chunk);
          out.force();
          forced = size;
        }
      }
      var count = (long) snapshot.records().size();
      size += put(out, chunk, crc, ByteBuffer.allocate(12).putInt(END).putLong(count).array());
      var sum = ByteBuffer.allocate(4).putInt((int) crc.getValue()).array();
      size += put(out, chunk, crc, sum);
      drain(out, chunk);
      out.force();
    }
    return size;
  }

  private byte[] head() throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(Format.SNAPSHOT);
    out.writeByte(Format.VERSION);
    out.writeByte(origin.ordinal() + 1);
    out.writeLong(sequence);
    out.writeLong(snapshot.at().index());
    out.writeLong(snapshot.at().epoch());
    out.writeLong(snapshot.number());
    out.writeLong(epoch);
    Format.text(out, snapshot.cluster());
    var encoded = view.map(Format::encode).orElse(new byte[0]);
    out.writeInt(encoded.length);
    out.write(encoded);
    return bytes.toByteArray();
  }

  private static int put(Volume.Output out, ByteBuffer chunk, CRC32C crc, byte[] bytes)
      throws IOException {
    crc.update(bytes);
    for (var at = 0; at < bytes.length; ) {
      if (!chunk.hasRemaining()) {
        drain(out, chunk);
      }
      var part = Math.min(bytes.length - at, chunk.remaining());
      chunk.put(bytes, at, part);
      at += part;
    }
    return bytes.length;
  }

  private static void drain(Volume.Output out, ByteBuffer chunk) throws IOException {
    out.write(chunk.flip());
    chunk.clear();
  }

  /** Reads a snapshot. An unknown version is an error of its own, not a broken file. */
  static SnapshotFile read(Path file) throws IOException {
    var size = Files.size(file);
    try (var checked =
            new CheckedInputStream(
                new BufferedInputStream(Files.newInputStream(file), CHUNK), new CRC32C());
        var in = new DataInputStream(checked)) {
      if (in.readInt() != Format.SNAPSHOT) {
        throw new BrokenException("this is no snapshot");
      }
      var version = in.readUnsignedByte();
      if (version != Format.VERSION) {
        throw StorageException.unknownVersion(file, version);
      }
      var origin = in.readUnsignedByte();
      var sequence = in.readLong();
      var at = new Position(in.readLong(), in.readLong());
      var number = in.readLong();
      var epoch = in.readLong();
      var cluster = Format.text(ByteBuffer.wrap(text(in, size)));
      var encoded = bytes(in, in.readInt(), size);
      var records = new ArrayList<byte[]>();
      for (var length = in.readInt(); length != END; length = in.readInt()) {
        records.add(bytes(in, length, size));
      }
      var count = in.readLong();
      var sum = (int) checked.getChecksum().getValue();
      if (in.readInt() != sum || count != records.size() || in.read() >= 0) {
        throw new BrokenException("its CRC is wrong");
      }
      if (origin < 1 || origin > Origin.values().length) {
        throw new BrokenException("its origin is unknown");
      }
      return new SnapshotFile(
          Origin.values()[origin - 1],
          sequence,
          epoch,
          encoded.length == 0
              ? Optional.empty()
              : Optional.of(Format.view(ByteBuffer.wrap(encoded))),
          new Snapshot(cluster, at, number, List.copyOf(records)));
    } catch (EOFException | BufferUnderflowException e) {
      throw new BrokenException("it ends too early");
    }
  }

  /** A text as it stands in the file, with its length. */
  private static byte[] text(DataInputStream in, long size) throws IOException {
    var length = in.readUnsignedShort();
    return ByteBuffer.allocate(2 + length)
        .putShort((short) length)
        .put(bytes(in, length, size))
        .array();
  }

  private static byte[] bytes(DataInputStream in, int length, long size) throws IOException {
    if (length < 0 || length > size) {
      throw new BrokenException("a record of " + length + " bytes is longer than the file");
    }
    var bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
