package io.mosquittoha.agent.link;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads fields one after the other. Whatever is cut off is a {@link BadFrameException}. */
public final class Fields {

  private static final int ABSENT = -1;

  private final ByteBuffer from;

  /** Of a frame, from the buffer's position on. */
  public Fields(ByteBuffer from) {
    this.from = from;
  }

  public int u8() {
    return read(() -> from.get() & 0xFF);
  }

  public int u16() {
    return read(() -> from.getShort() & 0xFFFF);
  }

  public long u32() {
    return read(() -> from.getInt() & 0xFFFFFFFFL);
  }

  public int i32() {
    return read(from::getInt);
  }

  public long u64() {
    return read(from::getLong);
  }

  /** A text; empty if it is absent. */
  public String text() {
    var text = optionalText();
    return text == null ? "" : text;
  }

  /** A text, or null if it is absent. */
  public @Nullable String optionalText() {
    var bytes = bytes();
    if (bytes == null) {
      return null;
    }
    for (var b : bytes) {
      if (b == 0) {
        throw new BadFrameException("a text has a zero byte");
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new BadFrameException("a text is not UTF-8");
    }
  }

  /** Bytes, or null if they are absent. */
  public byte @Nullable [] bytes() {
    var length = length();
    if (length == ABSENT) {
      return null;
    }
    var bytes = new byte[length];
    from.get(bytes);
    return bytes;
  }

  /** Passes over a text or bytes. */
  public void skip() {
    var length = Math.max(0, length());
    from.position(from.position() + length);
  }

  private int length() {
    var length = i32();
    if (length != ABSENT && (length < 0 || length > from.remaining())) {
      throw new BadFrameException("a text or bytes go beyond their frame");
    }
    return length;
  }

  private static <T> T read(Supplier<T> field) {
    try {
      return field.get();
    } catch (BufferUnderflowException e) {
      throw new BadFrameException("a frame is cut off");
    }
  }
}
