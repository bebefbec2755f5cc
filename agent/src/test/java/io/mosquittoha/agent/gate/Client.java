package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * One end of a connection, a client's or the broker's, that fails rather than wait for ever. TCP and
 * Unix sockets alike, which is why it asks again and again: only TCP has timeouts of its own.
 */
final class Client implements AutoCloseable {

  private final SocketChannel channel;
  private Duration patience = Duration.ofSeconds(10);

  Client(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
    if (tcp()) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
  }

  static Client of(InetSocketAddress address) {
    try {
      return new Client(SocketChannel.open(Addresses.reachable(address)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Client waits(Duration time) {
    patience = time;
    return this;
  }

  int localPort() {
    return channel.socket().getLocalPort();
  }

  Client say(String text) {
    try {
      write(text.getBytes(StandardCharsets.US_ASCII));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of it, however long the other end takes. */
  void write(byte[] bytes) throws IOException {
    var rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      if (channel.write(rest) == 0) {
        LockSupport.parkNanos(100_000);
      }
    }
  }

  /**
   * What is there, or comes.
   *
   * @return how many bytes; -1 at the end
   */
  int read(byte[] into, int most) throws IOException {
    return read(into, 0, most, patience);
  }

  private int read(byte[] into, int from, int most, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      int count = channel.read(ByteBuffer.wrap(into, from, most));
      if (count != 0) {
        return count;
      }
      if (System.nanoTime() - end >= 0) {
        throw new SocketTimeoutException("nothing came for " + patience);
      }
      LockSupport.parkNanos(100_000);
    }
  }

  String hear(int length) {
    return new String(bytes(length), StandardCharsets.US_ASCII);
  }

  byte[] bytes(int length) {
    try {
      var bytes = new byte[length];
      int there = 0;
      while (there < length) {
        int count = read(bytes, there, length - there, patience);
        if (count < 0) {
          throw new AssertionError("the end came after %d of %d bytes".formatted(there, length));
        }
        there += count;
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether nothing comes for so long, not even the end. */
  boolean hearsNothingFor(int millis) {
    try {
      read(new byte[1], 0, 1, Duration.ofMillis(millis));
      return false;
    } catch (SocketTimeoutException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the next that comes is the end, or a reset. */
  boolean hearsTheEnd() {
    try {
      return read(new byte[1], 1) < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  void finish() {
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Breaks off. On a Unix socket this is an end like any other, unless something is unread. */
  void reset() {
    try {
      if (tcp()) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean tcp() throws IOException {
    return channel.getRemoteAddress() instanceof InetSocketAddress;
  }

  @Override
  public void close() {
    Loop.close(channel);
  }
}
