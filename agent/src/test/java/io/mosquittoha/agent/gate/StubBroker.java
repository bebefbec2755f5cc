package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Takes connections on 127.0.0.1, and does with them what a test says. */
final class StubBroker implements AutoCloseable {

  private final ServerSocket server;
  private final BlockingQueue<Socket> arrived = new LinkedBlockingQueue<>();
  private final List<Socket> all = new CopyOnWriteArrayList<>();

  private StubBroker(int port, Consumer<Socket> service) {
    try {
      server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 4_096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              var socket = server.accept();
              socket.setTcpNoDelay(true);
              all.add(socket);
              service.accept(socket);
              arrived.add(socket);
            }
          } catch (IOException e) {
            // closed
          }
        });
  }

  /** Tests talk for it. */
  static StubBroker silent() {
    return new StubBroker(0, socket -> {});
  }

  static StubBroker silentAt(int port) {
    return new StubBroker(port, socket -> {});
  }

  /** Each connection gets a thread of its own. */
  static StubBroker that(Talk talk) {
    return new StubBroker(
        0,
        socket ->
            Thread.ofVirtual()
                .start(() -> {
                  try (socket) {
                    talk.with(socket);
                  } catch (IOException | InterruptedException e) {
                    // the test sees what is missing
                  }
                }));
  }

  /** What it says. */
  interface Talk {
    void with(Socket socket) throws IOException, InterruptedException;
  }

  int port() {
    return server.getLocalPort();
  }

  /** The next connection that came. */
  Socket next() {
    try {
      var socket = arrived.poll(10, TimeUnit.SECONDS);
      if (socket == null) {
        throw new AssertionError("nobody came to the broker");
      }
      socket.setSoTimeout(10_000);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  int came() {
    return all.size();
  }

  @Override
  public void close() {
    Loop.close(server);
    all.forEach(Loop::close);
  }
}
