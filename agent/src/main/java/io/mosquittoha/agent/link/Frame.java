package io.mosquittoha.agent.link;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A frame as names and values: {@code Long} for numbers, {@code String} for text, {@code byte[]} for
 * bytes; a text or bytes that are absent are not in the map. For what is not on the hot path;
 * everything else reads fields with {@link Fields}.
 *
 * @param type of the frame
 * @param values of its fields
 */
public record Frame(FrameType type, Map<String, Object> values) {

  static final int LENGTH_MAX = 0x10100000;
  private static final int ABSENT = -1;

  /** A frame with some fields; others are 0 or absent. Arguments: name, value, name, value … */
  public static Frame of(FrameType type, @Nullable Object... namesAndValues) {
    var values = new LinkedHashMap<String, Object>();
    for (var i = 0; i < namesAndValues.length; i += 2) {
      var name = Objects.toString(namesAndValues[i]);
      if (!type.fields().containsKey(name)) {
        throw new IllegalArgumentException(type + " has no field " + name);
      }
      switch (namesAndValues[i + 1]) {
        case null -> {}
        case Integer number -> values.put(name, number.longValue());
        case Object value -> values.put(name, value);
      }
    }
    return new Frame(type, values);
  }

  /** A number; 0 if it was not given. */
  public long number(String name) {
    return (Long) values.getOrDefault(name, 0L);
  }

  /** A text, unless it is absent. */
  public Optional<String> text(String name) {
    return Optional.ofNullable((String) values.get(name));
  }

  /** Reads what stands behind the length: type and fields. */
  static Frame decode(ByteBuffer body) {
    if (!body.hasRemaining()) {
      throw new BadFrameException("a frame has no type");
    }
    var code = body.get() & 0xFF;
    var type =
        FrameType.of(code)
            .orElseThrow(
                () -> new BadFrameException("there is no frame of type 0x%02X".formatted(code)));
    var fields = new Fields(body);
    var values = new LinkedHashMap<String, Object>();
    type.fields()
        .forEach(
            (name, kind) -> {
              var value =
                  switch (kind) {
                    case U8 -> (long) fields.u8();
                    case U16 -> (long) fields.u16();
                    case U32 -> fields.u32();
                    case U64, I64 -> fields.u64();
                    case I32 -> (long) fields.i32();
                    case TEXT -> fields.optionalText();
                    case BYTES -> fields.bytes();
                  };
              if (value != null) {
                values.put(name, value);
              }
            });
    return new Frame(type, values);
  }

  /** The whole frame, with its length in front. */
  public byte[] encode() {
    var out = new ByteArrayOutputStream(64);
    out.writeBytes(new byte[4]);
    out.write(type.code());
    type.fields()
        .forEach(
            (name, kind) -> {
              var value = values.get(name);
              switch (kind) {
                case U8 -> put(out, number(name), 1);
                case U16 -> put(out, number(name), 2);
                case U32, I32 -> put(out, number(name), 4);
                case U64, I64 -> put(out, number(name), 8);
                case TEXT ->
                    putBytes(
                        out,
                        value == null ? null : ((String) value).getBytes(StandardCharsets.UTF_8));
                case BYTES -> putBytes(out, (byte[]) value);
              }
            });
    var frame = out.toByteArray();
    ByteBuffer.wrap(frame).putInt(0, frame.length - 4);
    return frame;
  }

  private static void put(ByteArrayOutputStream out, long value, int size) {
    for (var shift = (size - 1) * 8; shift >= 0; shift -= 8) {
      out.write((int) (value >>> shift));
    }
  }

  private static void putBytes(ByteArrayOutputStream out, byte @Nullable [] bytes) {
    if (bytes == null) {
      put(out, ABSENT, 4);
    } else {
      put(out, bytes.length, 4);
      out.writeBytes(bytes);
    }
  }
}
