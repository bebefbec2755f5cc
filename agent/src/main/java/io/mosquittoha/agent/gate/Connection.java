package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection, from the moment it is accepted. All of it happens in the thread of its
 * loop.
 */
final class Connection implements Timed {

  private enum State {
    NEW,
    HELD,
    CONNECTING,
    OPEN,
    CLOSED
  }

  private static final long RETRY = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long CONNECT_TIMEOUT = TimeUnit.MILLISECONDS.toNanos(500);

  /**
   * How long a client may go on, without taking anything, after its broker has closed: TCP would
   * allow it for ever, but a broker that has closed reads nothing more. And how long a broker may
   * take to see that its client has gone.
   */
  private static final long LINGER = TimeUnit.SECONDS.toNanos(30);

  final Loop loop;
  final Leg client;
  private final Listener listener;
  private final long accepted = System.nanoTime();
  private State state = State.NEW;

  /** Who is led on later than this may have been given up meanwhile. */
  private static final long AT_ONCE = TimeUnit.MILLISECONDS.toNanos(50);

  /** As much as is read of what a client says while it is held; a CONNECT seldom has more. */
  private static final int EARLY = 4 << 10;

  /** What a client that had to wait had said by the time that it was led on. */
  private @Nullable ByteBuffer early;

  /** Whom the connection is relayed to; null if the broker of this pod serves it. */
  private @Nullable InetAddress leader;

  private @Nullable SocketChannel channel;
  private @Nullable SelectionKey connecting;
  private @Nullable Leg broker;
  private @Nullable Alarm alarm;
  private long unsentBefore;

  /** How many marks it has. */
  int marks;

  /** The place of the last of them. */
  long lastMark;

  /** Whether it is about to be flushed. */
  boolean freed;

  Connection(Loop loop, SocketChannel client, Listener listener) throws IOException {
    this.loop = loop;
    this.listener = listener;
    client.configureBlocking(false);
    client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    this.client = new Leg(this, client, client.register(loop.selector, 0, this), true);
  }

  // ---- the way to the broker

  /** Goes where the route leads now, unless it is there. */
  void follow(Route route) {
    switch (route) {
      case Route.Serve() -> connect(null, listener.port.broker());
      // The leader's agent still thinks that we lead. Sent back, it would come again at once.
      case Route.Relay(var to) when comesFrom(to) -> hold(Long.MAX_VALUE);
      case Route.Relay(var to) ->
          connect(to, new InetSocketAddress(to, listener.address.getPort()));
      case Route.Hold() -> hold(Long.MAX_VALUE);
      case Route.Refuse(var _) -> {
        loop.counters.add(Counters.Of.REFUSED, 1);
        close();
      }
    }
  }

  private boolean comesFrom(InetAddress address) {
    try {
      return client.channel.getRemoteAddress() instanceof InetSocketAddress from
          && address.equals(from.getAddress());
    } catch (IOException e) {
      return false;
    }
  }

  private void hold(long retryAfter) {
    long deadline = accepted + loop.settings.holdTime().toNanos();
    if (state != State.HELD) {
      giveUpConnecting();
      if (loop.gate.held.incrementAndGet() > loop.settings.holdConnections()) {
        loop.gate.held.decrementAndGet();
        loop.gate.full("held attempts");
        loop.counters.add(Counters.Of.REFUSED, 1);
        close();
        return;
      }
      enter(State.HELD);
    }
    setAlarm(retryAfter == Long.MAX_VALUE ? deadline : earlier(deadline, retryAfter));
  }

  private static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  /**
   * Whether a client that had to wait has gone meanwhile. A broker must not hear of it: it would take
   * the CONNECT and then the end for a client that was lost, and publish its will, although the
   * client has come back by another connection, or is about to.
   */
  private boolean isAbandoned() {
    if (early == null) {
      early = ByteBuffer.allocate(EARLY);
    }
    try {
      int count;
      do {
        count = client.channel.read(early); // 0 if it is full, or nothing is there
      } while (count > 0);
      return count < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private void connect(@Nullable InetAddress to, SocketAddress target) {
    if (state == State.HELD && isAbandoned()) {
      giveUp();
      return;
    }
    giveUpConnecting();
    enter(State.CONNECTING);
    leader = to;
    setAlarm(System.nanoTime() + CONNECT_TIMEOUT);
    try {
      var opened =
          to == null ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
      channel = opened;
      opened.configureBlocking(false);
      if (to != null) {
        opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
        opened.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }
      // A Unix socket is connected now or not at all: not while nobody listens, or too many wait.
      if (opened.connect(target)) {
        connected(opened, opened.register(loop.selector, 0));
      } else {
        connecting = opened.register(loop.selector, SelectionKey.OP_CONNECT, this);
      }
    } catch (IOException e) {
      connectFailed();
    }
  }

  private void finishConnecting(SocketChannel opened, SelectionKey key) {
    try {
      if (opened.finishConnect()) {
        connected(opened, key);
      }
    } catch (IOException e) {
      connectFailed();
    }
  }

  private void connected(SocketChannel opened, SelectionKey key) throws IOException {
    if (System.nanoTime() - accepted > AT_ONCE && isAbandoned()) {
      giveUp();
      return;
    }
    @Nullable ByteBuffer header = null;
    if (listener.port.proxyHeader() && leader == null) {
      header = ByteBuffer.allocate(ProxyHeader.LONGEST);
      ProxyHeader.put(
          header,
          (InetSocketAddress) client.channel.getRemoteAddress(),
          (InetSocketAddress) client.channel.getLocalAddress());
      header.flip();
    }
    connecting = null;
    alarm = null;
    var leg = new Leg(this, opened, key, false);
    broker = leg;
    key.attach(leg);
    client.key.attach(client);
    enter(State.OPEN);
    if (header != null) {
      leg.send(header);
    }
    if (early != null) {
      if (early.flip().hasRemaining()) {
        pass(client, leg, early);
      }
      early = null;
    }
    settle();
  }

  private void connectFailed() {
    loop.counters.add(Counters.Of.CONNECT_FAILURES, 1);
    long now = System.nanoTime();
    long deadline = accepted + loop.settings.holdTime().toNanos();
    if (now + RETRY - deadline < 0) {
      hold(now + RETRY);
    } else {
      giveUp();
    }
  }

  private void giveUp() {
    close();
    loop.counters.add(Counters.Of.EXPIRED, 1);
  }

  private void giveUpConnecting() {
    if (state == State.CONNECTING) {
      Loop.close(channel);
      channel = null;
      connecting = null;
    }
  }

  private void setAlarm(long at) {
    if (alarm == null || alarm.at() != at) {
      alarm = new Alarm(at, this);
      loop.wake(alarm);
    }
  }

  @Override
  public void due(Alarm due, long now) {
    if (due != alarm) {
      return;
    }
    alarm = null;
    switch (state) {
      case HELD -> {
        if (now - accepted >= loop.settings.holdTime().toNanos()) {
          giveUp();
        } else {
          follow(loop.route);
        }
      }
      case CONNECTING -> connectFailed();
      case OPEN -> {
        if (marks > 0 || client.unsent() < unsentBefore) {
          linger();
        } else {
          close();
        }
      }
      case NEW, CLOSED -> {}
    }
  }

  private void linger() {
    unsentBefore = client.unsent();
    setAlarm(System.nanoTime() + LINGER);
  }

  // ---- bytes

  /** One of the sockets is ready for something. */
  void ready(SelectionKey key, @Nullable Leg leg) {
    if (state == State.CLOSED) {
      return;
    }
    if (leg == null) {
      if (key == connecting && channel != null) {
        finishConnecting(channel, key);
      }
      return;
    }
    int ready = key.readyOps();
    if ((ready & SelectionKey.OP_WRITE) != 0) {
      leg.flush();
    }
    if ((ready & SelectionKey.OP_READ) != 0 && !leg.ended) {
      read(leg);
    }
    settle();
  }

  private void read(Leg from) {
    var to = from == client ? broker : client;
    if (to == null) {
      return;
    }
    var bytes = loop.emptyBuffer().limit(to.room());
    int count;
    try {
      count = from.channel.read(bytes);
    } catch (IOException e) {
      from.ended = true;
      from.discard();
      if (from == broker && !to.deaf) {
        linger();
      }
      return;
    }
    if (count > 0 && to.deaf) {
      loop.counters.add(Counters.Of.DISCARDED_BYTES, count);
    } else if (count > 0) {
      bytes.flip();
      pass(from, to, bytes);
    } else if (count < 0) {
      from.ended = true;
      if (from == broker && !to.deaf) {
        // The end is an answer as well: it says that the broker is done with what the client said.
        if (leader == null) {
          mark(0);
        }
        linger();
      }
    }
  }

  private void pass(Leg from, Leg to, ByteBuffer bytes) {
    if (from == client || leader != null) {
      if (to.isEmpty()) {
        to.send(bytes);
      } else {
        to.allow(bytes.remaining());
        to.queue(bytes);
      }
      return;
    }
    int length = bytes.remaining();
    if (to.isEmpty()) {
      // Only now: what is loaded after the bytes were read covers every event before them.
      long emitted = loop.commit.emitted();
      if (emitted <= loop.commit.committed()) {
        loop.counters.add(Counters.Of.READS_AT_ONCE, 1);
        to.send(bytes);
        return;
      }
      to.queue(bytes);
      loop.mark(emitted, this, length);
    } else {
      to.queue(bytes);
      mark(length);
    }
  }

  private void mark(int length) {
    loop.mark(loop.commit.emitted(), this, length);
  }

  /** More of what was held may leave. */
  void flush() {
    if (state == State.OPEN) {
      if (!client.isBlocked()) {
        client.flush();
      }
      settle();
    }
  }

  void cannotSend(Leg leg) {
    // What the other side said before it went may still be there to be read.
    leg.discard();
  }

  /** Passes ends on, closes what is over, and says what is waited for next. */
  private void settle() {
    var to = broker;
    if (state != State.OPEN || to == null) {
      return;
    }
    if (client.ended || to.ended) {
      if (client.ended && to.isEmpty()) {
        shut(to);
      }
      if (to.ended && client.isEmpty() && marks == 0) {
        shut(client);
      }
      if (to.isGone() && client.shut || client.ended && to.ended && client.shut && to.shut) {
        close();
        return;
      }
      if (client.isGone() && to.shut && alarm == null) {
        // A broker that cannot write does not read either: not the DISCONNECT that keeps the will.
        linger();
      }
    }
    client.watch(to);
    to.watch(client);
  }

  private static void shut(Leg leg) {
    if (!leg.shut) {
      leg.shut = true;
      try {
        leg.channel.shutdownOutput();
      } catch (IOException e) {
        leg.discard();
      }
    }
  }

  // ---- the end

  /** Whether it may not go on when clients are led there. */
  boolean isOverUnder(Route next) {
    if (state != State.OPEN) {
      return false;
    }
    var relayed = leader;
    return switch (next) {
      case Route.Serve() -> relayed != null;
      case Route.Relay(var to) -> !to.equals(relayed);
      // Whoever it is relayed to may lead all the same: not to know it is no reason to cut it.
      case Route.Hold() -> relayed == null;
      case Route.Refuse(var _) -> true;
    };
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  /** Nothing more is sent, from now on; the sockets are closed a little later. */
  void doom() {
    enter(State.CLOSED);
    client.discard();
    if (broker != null) {
      broker.discard();
    }
  }

  /** Closes a doomed connection's sockets. TCP peers are told by a reset, whatever is unsent. */
  void bury() {
    reset(client.channel);
    if (broker != null) {
      if (leader == null) {
        Loop.close(broker.channel);
      } else {
        reset(broker.channel);
      }
    }
  }

  private static void reset(SocketChannel channel) {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // Then it is closed the usual way.
    }
    Loop.close(channel);
  }

  void close() {
    if (state != State.CLOSED) {
      giveUpConnecting();
      doom();
      Loop.close(client.channel);
      if (broker != null) {
        Loop.close(broker.channel);
      }
    }
  }

  private void enter(State next) {
    var counters = loop.counters;
    switch (state) {
      case NEW -> {}
      case HELD -> {
        counters.add(Counters.Of.HELD, -1);
        loop.gate.held.decrementAndGet();
      }
      case CONNECTING -> counters.add(Counters.Of.CONNECTING, -1);
      case OPEN -> counters.add(leader == null ? Counters.Of.SERVED : Counters.Of.RELAYED, -1);
      case CLOSED -> throw new IllegalStateException("closed");
    }
    state = next;
    if (next == State.HELD || next == State.CONNECTING) {
      loop.waiting.add(this);
    } else {
      loop.waiting.remove(this);
    }
    switch (next) {
      case HELD -> counters.add(Counters.Of.HELD, 1);
      case CONNECTING -> counters.add(Counters.Of.CONNECTING, 1);
      case OPEN -> counters.add(leader == null ? Counters.Of.SERVED : Counters.Of.RELAYED, 1);
      case CLOSED -> {
        alarm = null;
        loop.gate.open.decrementAndGet();
      }
      case NEW -> throw new IllegalStateException("new");
    }
  }
}
