package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.View;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How messages are written. A frame is the length of what follows (4 bytes), a type (1 byte) and
 * the fields in the order of the record. Numbers are big-endian; strings are a length (2 bytes) and
 * UTF-8; lists a count (4 bytes) and the elements; bytes a length (4 bytes) and the bytes.
 */
final class Wire {

  /** The longest frame, so that what is no frame does not take all memory. */
  static final int MOST = 64 << 20;

  private static final int LONGEST_HELLO = 16 << 10;
  private static final int MAGIC = 0x4d_48_41_31; // "MHA1"
  private static final int PING = 0;
  private static final int STATUS = 1;
  private static final int APPEND = 2;
  private static final int ACKNOWLEDGED = 3;
  private static final int REFUSED = 4;
  private static final int VIEWED = 5;
  private static final int SNAPSHOT_PART = 6;
  private static final int SNAPSHOT_RECEIVED = 7;
  private static final int TAKE_OVER = 8;
  private static final int LEAVING = 9;
  private static final int HELLO = 64;

  private static final int POSITION = 16;
  private static final int ENTRY = 8 + 8 + 8 + 4;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private Wire() {}

  /** The length of a message's frame without the four bytes that tell it. */
  static long size(Message message) {
    return 1
        + switch (message) {
          case Message.Status status ->
              1 + status.view().map(Wire::size).orElse(0L) + 8 + POSITION + 1;
          case Message.Append append -> {
            var sum = size(append.cluster()) + 8 + POSITION + 8 + 1 + 8 + 4;
            for (var entry : append.entries()) {
              sum += ENTRY + entry.body().length;
            }
            yield sum;
          }
          case Message.Acknowledged _ -> 24;
          case Message.Refused _ -> 16;
          case Message.Viewed viewed -> 8 + size(viewed.view()) + size(viewed.version());
          case Message.SnapshotPart part -> {
            var sum = size(part.cluster()) + 8 + POSITION + 8 + 4 + 1 + 4;
            for (var record : part.records()) {
              sum += 4 + record.length;
            }
            yield sum;
          }
          case Message.SnapshotReceived _ -> 8 + POSITION + 4;
          case Message.TakeOver _ -> 8;
          case Message.Leaving _ -> 8;
        };
  }

  private static long size(View view) {
    var sum = size(view.cluster()) + 16 + size(view.leader()) + 4;
    for (var member : view.inSync()) {
      sum += size(member);
    }
    return sum;
  }

  private static long size(Member member) {
    return size(member.name()) + size(member.incarnation());
  }

  private static long size(String text) {
    var bytes = 2L;
    for (var i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0x7f) {
        return 2L + text.getBytes(StandardCharsets.UTF_8).length;
      }
      bytes++;
    }
    return bytes;
  }

  /** Writes frames into a buffer and from there, when it is full or flushed, to a stream. */
  static final class Writer {

    private final OutputStream out;
    private final byte[] buffer = new byte[32 << 10];
    private int filled;

    Writer(OutputStream out) {
      this.out = out;
    }

    void flush() throws IOException {
      drain();
      out.flush();
    }

    void ping() throws IOException {
      head(1, PING);
    }

    void write(Hello hello) throws IOException {
      var size =
          1
              + 4
              + 4
              + 4
              + size(hello.member())
              + 8
              + 4
              + size(hello.version())
              + size(hello.revision());
      head(size, HELLO);
      putInt(MAGIC);
      putInt(hello.oldest());
      putInt(hello.newest());
      put(hello.member());
      putLong(hello.started());
      putInt(hello.port());
      put(hello.version());
      put(hello.revision());
    }

    void write(Message message) throws IOException {
      var size = size(message);
      switch (message) {
        case Message.Status status -> {
          head(size, STATUS);
          putBoolean(status.view().isPresent());
          if (status.view().isPresent()) {
            put(status.view().get());
          }
          putLong(status.epoch());
          put(status.last());
          putBoolean(status.joined());
        }
        case Message.Append append -> {
          head(size, APPEND);
          put(append.cluster());
          putLong(append.epoch());
          put(append.previous());
          putLong(append.committed());
          putBoolean(append.serving());
          putLong(append.sentAt());
          putInt(append.entries().size());
          for (var entry : append.entries()) {
            putLong(entry.index());
            putLong(entry.epoch());
            putLong(entry.number());
            put(entry.body());
          }
        }
        case Message.Acknowledged acknowledged -> {
          head(size, ACKNOWLEDGED);
          putLong(acknowledged.epoch());
          putLong(acknowledged.index());
          putLong(acknowledged.sentAt());
        }
        case Message.Refused refused -> {
          head(size, REFUSED);
          putLong(refused.epoch());
          putLong(refused.next());
        }
        case Message.Viewed viewed -> {
          head(size, VIEWED);
          putLong(viewed.epoch());
          put(viewed.view());
          put(viewed.version());
        }
        case Message.SnapshotPart part -> {
          head(size, SNAPSHOT_PART);
          put(part.cluster());
          putLong(part.epoch());
          put(part.at());
          putLong(part.number());
          putInt(part.part());
          putBoolean(part.last());
          putInt(part.records().size());
          for (var record : part.records()) {
            put(record);
          }
        }
        case Message.SnapshotReceived received -> {
          head(size, SNAPSHOT_RECEIVED);
          putLong(received.epoch());
          put(received.at());
          putInt(received.part());
        }
        case Message.TakeOver takeOver -> {
          head(size, TAKE_OVER);
          putLong(takeOver.epoch());
        }
        case Message.Leaving leaving -> {
          head(size, LEAVING);
          putLong(leaving.epoch());
        }
      }
    }

    private void head(long size, int type) throws IOException {
      if (size > MOST) {
        throw new WireException(
            "a message of %d bytes cannot be sent; %d are the most".formatted(size, MOST));
      }
      putInt((int) size);
      putByte(type);
    }

    private void put(View view) throws IOException {
      put(view.cluster());
      putLong(view.epoch());
      putLong(view.revision());
      put(view.leader());
      putInt(view.inSync().size());
      for (var member : view.inSync()) {
        put(member);
      }
    }

    private void put(Member member) throws IOException {
      put(member.name());
      put(member.incarnation());
    }

    private void put(Position position) throws IOException {
      putLong(position.index());
      putLong(position.epoch());
    }

    private void put(String text) throws IOException {
      var bytes = text.getBytes(StandardCharsets.UTF_8);
      if (bytes.length > 0xffff) {
        throw new WireException("a text of %d bytes is too long".formatted(bytes.length));
      }
      room(2);
      SHORT.set(buffer, filled, (short) bytes.length);
      filled += 2;
      putAll(bytes);
    }

    private void put(byte[] bytes) throws IOException {
      putInt(bytes.length);
      putAll(bytes);
    }

    private void putAll(byte[] bytes) throws IOException {
      if (bytes.length > buffer.length - filled) {
        drain();
        if (bytes.length >= buffer.length / 2) {
          out.write(bytes);
          return;
        }
      }
      System.arraycopy(bytes, 0, buffer, filled, bytes.length);
      filled += bytes.length;
    }

    private void putLong(long value) throws IOException {
      room(8);
      LONG.set(buffer, filled, value);
      filled += 8;
    }

    private void putInt(int value) throws IOException {
      room(4);
      INT.set(buffer, filled, value);
      filled += 4;
    }

    private void putBoolean(boolean value) throws IOException {
      putByte(value ? 1 : 0);
    }

    private void putByte(int value) throws IOException {
      room(1);
      buffer[filled++] = (byte) value;
    }

    private void room(int bytes) throws IOException {
      if (buffer.length - filled < bytes) {
        drain();
      }
    }

    private void drain() throws IOException {
      if (filled > 0) {
        out.write(buffer, 0, filled);
        filled = 0;
      }
    }
  }

  /** Reads frames. After anything but an answer it is of no use any more. */
  static final class Reader {

    private final InputStream in;
    private final byte[] buffer = new byte[32 << 10];
    private int at;
    private int end;
    private int left; // of the frame

    Reader(InputStream in) {
      this.in = in;
    }

    /**
     * The next message.
     *
     * @throws EOFException at the end
     * @throws WireException if it is none
     */
    Message read() throws IOException {
      var type = begin();
      while (type == PING) {
        finish();
        type = begin();
      }
      var message =
          switch (type) {
            case STATUS ->
                new Message.Status(
                    getBoolean() ? Optional.of(getView()) : Optional.empty(),
                    getLong(),
                    getPosition(),
                    getBoolean());
            case APPEND ->
                new Message.Append(
                    getString(),
                    getLong(),
                    getPosition(),
                    getLong(),
                    getBoolean(),
                    getLong(),
                    getEntries());
            case ACKNOWLEDGED -> new Message.Acknowledged(getLong(), getLong(), getLong());
            case REFUSED -> new Message.Refused(getLong(), getLong());
            case VIEWED -> new Message.Viewed(getLong(), getView(), getString());
            case SNAPSHOT_PART ->
                new Message.SnapshotPart(
                    getString(),
                    getLong(),
                    getPosition(),
                    getLong(),
                    getInt(),
                    getBoolean(),
                    getRecords());
            case SNAPSHOT_RECEIVED ->
                new Message.SnapshotReceived(getLong(), getPosition(), getInt());
            case TAKE_OVER -> new Message.TakeOver(getLong());
            case LEAVING -> new Message.Leaving(getLong());
            default -> throw new WireException("there is no message of type " + type);
          };
      finish();
      return message;
    }

    /**
     * The first frame. What a later version may say at its end is skipped.
     *
     * @throws WireException if the other side is no member
     */
    Hello readHello() throws IOException {
      left = 4;
      var size = getInt();
      if (size < 5 || size > LONGEST_HELLO) {
        throw stranger();
      }
      left = size;
      if (getByte() != HELLO || getInt() != MAGIC) {
        throw stranger();
      }
      var hello =
          new Hello(getInt(), getInt(), getMember(), getLong(), getInt(), getString(), getString());
      if (hello.port() < 1 || hello.port() > 0xffff) {
        throw new WireException("there is no port " + hello.port());
      }
      while (left > 0) {
        getByte();
      }
      return hello;
    }

    private static WireException stranger() {
      return new WireException(
          "it is no agent of Mosquitto HA, or one whose peerTls is not empty as it is here");
    }

    private int begin() throws IOException {
      left = 4;
      var size = getInt();
      if (size < 1 || size > MOST) {
        throw new WireException(
            "a frame has 1 to %d bytes, not %d".formatted(MOST, Integer.toUnsignedLong(size)));
      }
      left = size;
      return getByte() & 0xff;
    }

    private void finish() throws WireException {
      if (left != 0) {
        throw new WireException("a message has %d bytes too many".formatted(left));
      }
    }

    private View getView() throws IOException {
      return new View(getString(), getLong(), getLong(), getMember(), getMembers());
    }

    private List<Member> getMembers() throws IOException {
      var count = getCount(4);
      var members = new ArrayList<Member>(count);
      for (var i = 0; i < count; i++) {
        members.add(getMember());
      }
      return members;
    }

    private Member getMember() throws IOException {
      return new Member(getString(), getString());
    }

    private Position getPosition() throws IOException {
      return new Position(getLong(), getLong());
    }

    private List<Entry> getEntries() throws IOException {
      var count = getCount(ENTRY);
      var entries = new ArrayList<Entry>(count);
      for (var i = 0; i < count; i++) {
        entries.add(new Entry(getLong(), getLong(), getLong(), getBytes()));
      }
      return entries;
    }

    private List<byte[]> getRecords() throws IOException {
      var count = getCount(4);
      var records = new ArrayList<byte[]>(count);
      for (var i = 0; i < count; i++) {
        records.add(getBytes());
      }
      return records;
    }

    /** A count that the rest of the frame has room for. */
    private int getCount(int smallest) throws IOException {
      var count = getInt();
      if (count < 0 || (long) count * smallest > left) {
        throw new WireException(
            "a list of %d elements does not fit in the %d bytes that are left"
                .formatted(Integer.toUnsignedLong(count), left));
      }
      return count;
    }

    private String getString() throws IOException {
      need(2);
      var length = (short) SHORT.get(buffer, at) & 0xffff;
      at += 2;
      var bytes = getAll(length);
      for (var b : bytes) {
        if (b < 0) {
          return decode(bytes);
        }
      }
      return new String(bytes, StandardCharsets.ISO_8859_1); // ASCII, the usual case
    }

    private static String decode(byte[] bytes) throws WireException {
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new WireException("a text is not UTF-8");
      }
    }

    private byte[] getBytes() throws IOException {
      return getAll(getInt());
    }

    private byte[] getAll(int length) throws IOException {
      if (length < 0 || length > left) {
        throw new WireException(
            "%d bytes do not fit in the %d that are left"
                .formatted(Integer.toUnsignedLong(length), left));
      }
      left -= length;
      var bytes = new byte[length];
      var copied = Math.min(length, end - at);
      System.arraycopy(buffer, at, bytes, 0, copied);
      at += copied;
      if (copied < length && in.readNBytes(bytes, copied, length - copied) < length - copied) {
        throw new EOFException("the end came within a message");
      }
      return bytes;
    }

    private long getLong() throws IOException {
      need(8);
      var value = (long) LONG.get(buffer, at);
      at += 8;
      return value;
    }

    private int getInt() throws IOException {
      need(4);
      var value = (int) INT.get(buffer, at);
      at += 4;
      return value;
    }

    private boolean getBoolean() throws IOException {
      var value = getByte();
      if (value != 0 && value != 1) {
        throw new WireException(value + " is neither true nor false");
      }
      return value == 1;
    }

    private int getByte() throws IOException {
      need(1);
      return buffer[at++];
    }

    /** Takes so many bytes from the frame; they are in the buffer then. */
    private void need(int bytes) throws IOException {
      if (bytes > left) {
        throw new WireException("a message ends too early");
      }
      left -= bytes;
      while (end - at < bytes) {
        if (at > 0) {
          System.arraycopy(buffer, at, buffer, 0, end - at);
          end -= at;
          at = 0;
        }
        var read = in.read(buffer, end, buffer.length - end);
        if (read < 0) {
          throw new EOFException(end == 0 ? "the end" : "the end came within a message");
        }
        end += read;
      }
    }
  }
}
