package io.mosquittoha.agent.kubernetes;

import io.mosquittoha.agent.kubernetes.ApiServer.Answer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Reads one answer of HTTP/1.1 (RFC 9112), as a whole and until a point in time. */
final class Http {

  private static final int LONGEST_LINE = 8 << 10;
  private static final int MOST_LINES = 200;
  private static final int LARGEST = 4 << 20;

  private final InputStream in;

  Http(Socket socket, long until) throws IOException {
    var stream = socket.getInputStream();
    this.in =
        new BufferedInputStream(
            new InputStream() {
              @Override
              public int read() throws IOException {
                var one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
              }

              @Override
              public int read(byte[] bytes, int offset, int length) throws IOException {
                socket.setSoTimeout(left(until));
                return stream.read(bytes, offset, length);
              }
            });
  }

  static int left(long until) throws SocketTimeoutException {
    var millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
    if (millis <= 0) {
      throw new SocketTimeoutException();
    }
    return (int) millis;
  }

  Answer answer() throws IOException {
    var status = status();
    while (status >= 100 && status < 200) {
      skipHeaders();
      status = status();
    }
    var length = -1L;
    var chunked = false;
    var lines = 0;
    for (var line = line(); !line.isEmpty(); line = line()) {
      var colon = line.indexOf(':');
      if (colon < 1 || ++lines > MOST_LINES) {
        throw new IOException("the API server's answer has a wrong header");
      }
      var value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = number(value, 10);
        case "transfer-encoding" -> {
          if (!value.equalsIgnoreCase("chunked")) {
            throw new IOException("the API server's answer is encoded as " + value);
          }
          chunked = true;
        }
        default -> {}
      }
    }
    if (chunked) {
      return new Answer(status, chunks());
    }
    return new Answer(status, length < 0 ? rest() : exactly(length));
  }

  private int status() throws IOException {
    var line = line();
    var parts = line.split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.")) {
      throw new IOException("whoever answers is no API server");
    }
    return (int) number(parts[1], 10);
  }

  private void skipHeaders() throws IOException {
    while (!line().isEmpty()) {}
  }

  private byte[] chunks() throws IOException {
    var whole = new ByteArrayOutputStream();
    for (var size = chunk(); size > 0; size = chunk()) {
      if (whole.size() + size > LARGEST) {
        throw tooLarge();
      }
      whole.writeBytes(exactly(size));
      if (!line().isEmpty()) {
        throw new IOException("the API server's answer has a wrong chunk");
      }
    }
    skipHeaders();
    return whole.toByteArray();
  }

  private long chunk() throws IOException {
    var line = line();
    var semicolon = line.indexOf(';');
    return number(semicolon < 0 ? line : line.substring(0, semicolon), 16);
  }

  private byte[] exactly(long length) throws IOException {
    if (length > LARGEST) {
      throw tooLarge();
    }
    var bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException("the API server's answer has no end");
    }
    return bytes;
  }

  private byte[] rest() throws IOException {
    var bytes = in.readNBytes(LARGEST + 1);
    if (bytes.length > LARGEST) {
      throw tooLarge();
    }
    return bytes;
  }

  private static IOException tooLarge() {
    return new IOException("the API server's answer is longer than %d bytes".formatted(LARGEST));
  }

  private static long number(String text, int radix) throws IOException {
    try {
      var number = Long.parseLong(text.strip(), radix);
      if (number < 0) {
        throw new NumberFormatException("negative");
      }
      return number;
    } catch (NumberFormatException e) {
      throw new IOException("the API server's answer has a wrong number: " + text, e);
    }
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (var b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the API server ended the connection");
      }
      if (line.size() >= LONGEST_LINE) {
        throw new IOException("the API server's answer has a line without end");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
