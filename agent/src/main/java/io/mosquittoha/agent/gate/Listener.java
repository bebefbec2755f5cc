package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A port that clients come to. */
final class Listener implements Timed {

  private static final System.Logger LOG = System.getLogger(Gate.class.getName());
  private static final int BACKLOG = 1_024;
  private static final int AT_A_TIME = 64;
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

  final Port port;
  final InetSocketAddress address;
  private final Gate gate;
  private final Loop loop;
  private final ServerSocketChannel channel;
  private final SelectionKey key;
  private boolean troubled;

  private Listener(
      Gate gate,
      Loop loop,
      Port port,
      ServerSocketChannel channel,
      InetSocketAddress address,
      Selector selector)
      throws IOException {
    this.gate = gate;
    this.loop = loop;
    this.port = port;
    this.channel = channel;
    this.address = address;
    this.key = channel.register(selector, SelectionKey.OP_ACCEPT, this);
  }

  static Listener open(Gate gate, Loop loop, Port port) {
    var wanted = new InetSocketAddress(gate.settings.address(), port.port());
    @Nullable ServerSocketChannel channel = null;
    try {
      channel = ServerSocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(wanted, BACKLOG);
      var address = (InetSocketAddress) channel.getLocalAddress();
      return new Listener(gate, loop, port, channel, address, loop.selector);
    } catch (IOException e) {
      Loop.close(channel);
      throw new UncheckedIOException(
          "gates: cannot listen on %s (%s); is something else on this port?"
              .formatted(wanted, e.getMessage()),
          e);
    }
  }

  void accept() {
    for (int i = 0; i < AT_A_TIME; i++) {
      @Nullable SocketChannel accepted;
      try {
        accepted = channel.accept();
      } catch (IOException e) {
        // Mostly: no file descriptors are left. Those who come meanwhile wait in the backlog.
        if (!troubled) {
          troubled = true;
          LOG.log(
              System.Logger.Level.WARNING,
              "Port {0} cannot accept connections for now: {1}",
              String.valueOf(address.getPort()),
              e.getMessage());
        }
        key.interestOps(0);
        loop.wake(new Alarm(System.nanoTime() + PAUSE, this));
        return;
      }
      if (accepted == null) {
        return;
      }
      gate.place(accepted, this);
    }
    troubled = false;
  }

  @Override
  public void due(Alarm alarm, long now) {
    if (key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  void close() {
    Loop.close(channel);
  }
}
