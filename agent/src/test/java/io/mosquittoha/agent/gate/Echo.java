package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** Sends back what it reads, on any number of connections; one thread, as Mosquitto is. */
final class Echo implements AutoCloseable {

  private final Selector selector;
  private final ServerSocketChannel server;
  private final Runnable event;
  private final UnixDomainSocketAddress address = Addresses.freePath();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(65_536);

  /**
   * Begins.
   *
   * @param event what happens before each answer
   */
  Echo(Runnable event) {
    this.event = event;
    try {
      selector = Selector.open();
      server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(address, 4_096);
      server.configureBlocking(false);
      server.register(selector, SelectionKey.OP_ACCEPT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().name("echo").daemon().start(this::run);
  }

  UnixDomainSocketAddress address() {
    return address;
  }

  private void run() {
    try {
      while (true) {
        selector.select(this::ready);
      }
    } catch (IOException | ClosedSelectorException e) {
      // closed
    }
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        for (var one = server.accept(); one != null; one = server.accept()) {
          one.configureBlocking(false);
          one.register(selector, SelectionKey.OP_READ);
        }
        return;
      }
      var channel = (SocketChannel) key.channel();
      if (channel.read(buffer.clear()) < 0) {
        channel.close();
        return;
      }
      event.run();
      channel.write(buffer.flip());
    } catch (IOException e) {
      Loop.close(key.channel());
    }
  }

  @Override
  public void close() {
    selector.keys().forEach(key -> Loop.close(key.channel()));
    Loop.close(selector);
    Loop.close(server);
  }
}
