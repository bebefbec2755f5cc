package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A client's blocking socket that fails rather than wait for ever. */
final class Client implements AutoCloseable {

  final Socket socket;

  private Client(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(10_000);
    socket.setTcpNoDelay(true);
  }

  static Client of(InetSocketAddress address) {
    try {
      var socket = new Socket();
      socket.connect(Addresses.reachable(address), 10_000);
      return new Client(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Client of(Socket accepted) {
    try {
      return new Client(accepted);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Client say(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String hear(int length) {
    return new String(bytes(length), StandardCharsets.US_ASCII);
  }

  byte[] bytes(int length) {
    try {
      var bytes = socket.getInputStream().readNBytes(length);
      if (bytes.length < length) {
        throw new AssertionError(
            "the end came after %d of %d bytes".formatted(bytes.length, length));
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether nothing comes for so long, not even the end. */
  boolean hearsNothingFor(int millis) {
    try {
      socket.setSoTimeout(millis);
      try {
        socket.getInputStream().read();
        return false;
      } catch (SocketTimeoutException e) {
        return true;
      } catch (SocketException e) {
        return false;
      } finally {
        socket.setSoTimeout(10_000);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the next that comes is the end, or a reset. */
  boolean hearsTheEnd() {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  void finish() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    Loop.close(socket);
  }
}
