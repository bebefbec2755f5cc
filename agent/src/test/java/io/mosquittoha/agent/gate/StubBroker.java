package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Takes connections on a Unix socket, and does with them what a test says. */
final class StubBroker implements AutoCloseable {

  private final UnixDomainSocketAddress address;
  private final ServerSocketChannel server;
  private final BlockingQueue<Client> arrived = new LinkedBlockingQueue<>();
  private final List<Client> all = new CopyOnWriteArrayList<>();

  private StubBroker(UnixDomainSocketAddress address, Consumer<Client> service) {
    this.address = address;
    try {
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(address, 4_096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              var socket = new Client(server.accept());
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
    return new StubBroker(Addresses.freePath(), socket -> {});
  }

  static StubBroker silentAt(UnixDomainSocketAddress address) {
    return new StubBroker(address, socket -> {});
  }

  /** Each connection gets a thread of its own. */
  static StubBroker that(Talk talk) {
    return new StubBroker(
        Addresses.freePath(),
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
    void with(Client socket) throws IOException, InterruptedException;
  }

  UnixDomainSocketAddress address() {
    return address;
  }

  /** The next connection that came. */
  Client next() {
    try {
      var socket = arrived.poll(10, TimeUnit.SECONDS);
      if (socket == null) {
        throw new AssertionError("nobody came to the broker");
      }
      return socket;
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
    all.forEach(Client::close);
  }
}
