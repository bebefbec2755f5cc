package io.mosquittoha.management.mqtt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A payload for people to look at. It is any bytes that anybody sent, so nothing of it is ever a
 * character that has an effect: what is not printed, or would change the order of what is, becomes
 * visible.
 *
 * @param start its first bytes, not to be changed
 * @param size of all of it
 */
public record Payload(byte[] start, int size) {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int DEEPEST = 200;
  private static final int PREVIEW = 120;

  /** What can be shown of it. */
  public enum Kind {
    EMPTY,
    TEXT,
    JSON,
    BINARY
  }

  /** The whole payload, or its first bytes if it is longer. */
  public static Payload of(byte[] bytes, int most) {
    return new Payload(bytes.length <= most ? bytes : Arrays.copyOf(bytes, most), bytes.length);
  }

  /** Whether there is more of it than is kept. */
  public boolean cut() {
    return start.length < size;
  }

  /** How it is shown best. */
  public Kind kind() {
    if (size == 0) {
      return Kind.EMPTY;
    }
    if (decoded().isEmpty()) {
      return Kind.BINARY;
    }
    return json().isPresent() ? Kind.JSON : Kind.TEXT;
  }

  /** As text: what is no UTF-8 becomes U+FFFD. */
  public String text() {
    return visible(decoded().orElseGet(() -> new String(start, StandardCharsets.UTF_8)), true);
  }

  /** Indented, if all of it is there and it is an object or an array of JSON. */
  public Optional<String> json() {
    var text = decoded();
    if (cut() || text.isEmpty() || !text.get().stripLeading().matches("(?s)[\\[{].*")) {
      return Optional.empty();
    }
    var out = new StringWriter();
    try (var parser = JSON.createParser(text.get());
        var generator = JSON.createGenerator(out)) {
      var printer = new DefaultPrettyPrinter();
      printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
      generator.setPrettyPrinter(printer);
      var depth = 0;
      for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (depth > DEEPEST || depth == 0 && !token.isStructEnd()) {
          return Optional.empty();
        }
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
          // As it was written: a number here is not for counting.
          generator.writeNumber(parser.getText());
        } else {
          generator.copyCurrentEvent(parser);
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.of(visible(out.toString(), true));
  }

  /** Sixteen bytes a line: where, in hexadecimal, as ASCII. */
  public String hex() {
    var out = new StringBuilder();
    for (var line = 0; line < start.length; line += 16) {
      out.append("%06x  ".formatted(line));
      var ascii = new StringBuilder();
      for (var at = line; at < line + 16; at++) {
        if (at < start.length) {
          var value = start[at] & 0xff;
          out.append("%02x ".formatted(value));
          ascii.append(value >= 0x20 && value < 0x7f ? (char) value : '.');
        } else {
          out.append("   ");
        }
        if (at == line + 7) {
          out.append(' ');
        }
      }
      out.append(' ').append(ascii).append('\n');
    }
    return out.toString();
  }

  /** Its beginning, in one line. */
  public String preview() {
    if (size == 0) {
      return "";
    }
    var some = start.length > 4 * PREVIEW ? Arrays.copyOf(start, 4 * PREVIEW) : start;
    var text = new String(some, StandardCharsets.UTF_8);
    // The cut may be within a character: then its replacement at the end says nothing.
    var sure = some.length == size ? text.length() : Math.max(1, text.length() - 3);
    var odd = text.chars().limit(sure).filter(c -> c == 0xFFFD).count();
    if (odd > 0) {
      var hex = new StringBuilder();
      for (var at = 0; at < Math.min(some.length, PREVIEW / 3); at++) {
        hex.append("%02x ".formatted(some[at] & 0xff));
      }
      return hex.append(size > PREVIEW / 3 ? "…" : "").toString().strip();
    }
    var line = visible(text.replaceAll("\\s+", " "), false).strip();
    return line.length() > PREVIEW || some.length < size
        ? line.substring(0, Math.min(line.length(), PREVIEW)) + "…"
        : line;
  }

  private Optional<String> decoded() {
    for (var missing = 0; missing < 4 && missing <= start.length; missing++) {
      try {
        return Optional.of(
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(start, 0, start.length - missing))
                .toString());
      } catch (CharacterCodingException e) {
        if (!cut()) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** A topic, or another text of one line that somebody else wrote. */
  public static String visible(String text) {
    return visible(text, false);
  }

  private static String visible(String text, boolean lines) {
    if (text.chars().noneMatch(c -> hidden(c, lines))) {
      return text;
    }
    var out = new StringBuilder();
    text.chars()
        .forEach(c -> {
          if (!hidden(c, lines)) {
            out.append((char) c);
          } else if (c < 0x20) {
            out.append((char) (0x2400 + c));
          } else {
            out.append("\\u%04X".formatted(c));
          }
        });
    return out.toString();
  }

  /** Control characters, and those that hide or turn what comes after them. */
  private static boolean hidden(int c, boolean lines) {
    if (c == '\n' || c == '\t') {
      return !lines;
    }
    return c < 0x20
        || c >= 0x7f && c < 0xa0
        || c == 0x00AD
        || c == 0x061C
        || c >= 0x200B && c <= 0x200F
        || c >= 0x2028 && c <= 0x202E
        || c >= 0x2060 && c <= 0x206F
        || c == 0xFEFF
        || c >= 0xFFF9 && c <= 0xFFFB;
  }
}
