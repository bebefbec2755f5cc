package io.mosquittoha.agent.storage;

import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.View;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.zip.CRC32C;

/** What the files have in common; see the package. */
final class Format {

  static final int VERSION = 1;
  static final int LOG = 0x4d48414c; // MHAL
  static final int SNAPSHOT = 0x4d484153; // MHAS

  static final byte ENTRY = 1;
  static final byte TRUNCATE = 2;
  static final byte EPOCH = 3;
  static final byte VIEW = 4;
  static final byte SAFE = 5;

  /** Of a segment. */
  static final int HEAD = 4 + 1 + 8 + 8 + 8 + 8 + 4;

  /** A record's length and CRC. */
  static final int RECORD = 4 + 4;

  /** An entry's fields before its body. */
  static final int FIELDS = 4 * 8;

  private Format() {}

  static byte[] encode(View view) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      text(out, view.cluster());
      out.writeLong(view.epoch());
      out.writeLong(view.revision());
      member(out, view.leader());
      out.writeShort(view.inSync().size());
      for (var member : view.inSync()) {
        member(out, member);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The view. Throws {@link BufferUnderflowException} if it ends too early. */
  static View view(ByteBuffer in) {
    var cluster = text(in);
    var epoch = in.getLong();
    var revision = in.getLong();
    var leader = member(in);
    var inSync = new ArrayList<Member>();
    for (var left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
      inSync.add(member(in));
    }
    return new View(cluster, epoch, revision, leader, inSync);
  }

  static int crc(long salt, int length, byte kind, ByteBuffer payload) {
    var crc = new CRC32C();
    crc.update(ByteBuffer.allocate(13).putLong(salt).putInt(length).put(kind).flip());
    crc.update(payload);
    return (int) crc.getValue();
  }

  static void text(DataOutputStream out, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > 0xffff) {
      throw new IllegalArgumentException("a text of " + bytes.length + " bytes");
    }
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  static String text(ByteBuffer in) {
    var length = Short.toUnsignedInt(in.getShort());
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    var bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void member(DataOutputStream out, Member member) throws IOException {
    text(out, member.name());
    text(out, member.incarnation());
  }

  private static Member member(ByteBuffer in) {
    return new Member(text(in), text(in));
  }
}
