package io.mosquittoha.agent.gate;

import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * Stands between clients and the broker, and commits output rather than input. What a client says
 * goes to the broker at once. What the broker says is held until every event that it had emitted
 * before is committed; if it is already, it goes at once as well. No MQTT is read on the way.
 */
public final class Gate implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Gate.class.getName());
  private static final long TELL_EVERY = Duration.ofMinutes(1).toNanos();

  final GateSettings settings;

  /** Connections, of all loops. */
  final AtomicInteger open = new AtomicInteger();

  /** Attempts that are held, of all loops. */
  final AtomicInteger held = new AtomicInteger();

  private final Loop[] loops;
  private final List<Thread> threads;
  private final List<Listener> listeners;
  private final AtomicLong toldFull = new AtomicLong(System.nanoTime() - TELL_EVERY);
  private int turn;
  private volatile boolean closed;

  /**
   * Listens at once. Until there is a route, attempts are held.
   *
   * @throws java.io.UncheckedIOException if a port cannot be had
   */
  public Gate(GateSettings settings, Commit commit) {
    this.settings = settings;
    loops = new Loop[settings.loops()];
    for (int i = 0; i < loops.length; i++) {
      loops[i] = new Loop(this, settings, commit);
    }
    listeners = new ArrayList<>();
    try {
      for (var port : settings.ports()) {
        listeners.add(Listener.open(this, loops[0], port));
      }
    } catch (RuntimeException e) {
      listeners.forEach(Listener::close);
      for (var loop : loops) {
        Loop.close(loop.selector);
      }
      throw e;
    }
    threads = new ArrayList<>();
    for (int i = 0; i < loops.length; i++) {
      threads.add(Thread.ofPlatform().name("gate-" + i).daemon().start(loops[i]));
    }
  }

  /** Where it listens, in the order of the settings' ports. */
  public List<InetSocketAddress> addresses() {
    return listeners.stream().map(listener -> listener.address).toList();
  }

  /**
   * Leads clients elsewhere. When this returns, nothing is sent any more that the old route allowed
   * and the new one does not: what was held is thrown away. Connections to a broker or a leader
   * that the new route does not lead to are being closed; attempts follow the new route.
   * Connections that are relayed stay while it is not known who leads.
   */
  public synchronized void route(Route route) {
    if (LOG.isLoggable(System.Logger.Level.DEBUG)) {
      LOG.log(System.Logger.Level.DEBUG, "Clients are led to {0}", route);
    }
    order((loop, done) -> loop.lead(route, done));
  }

  /** Closes all connections. When this returns, nothing is sent to them any more. */
  public synchronized void closeClients() {
    order(Loop::closeClients);
  }

  private void order(BiConsumer<Loop, Runnable> what) {
    var done = new CountDownLatch(loops.length);
    for (var loop : loops) {
      loop.order(() -> what.accept(loop, done::countDown));
    }
    boolean interrupted = false;
    while (!closed) {
      try {
        if (done.await(100, TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        // A client must not be acknowledged anything more, so this is not to be cut short.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** More is committed. Any thread may say so, as often as it likes. */
  public void released() {
    for (var loop : loops) {
      loop.released();
    }
  }

  public GateStatistics statistics() {
    var counters = new ArrayList<Counters>();
    for (var loop : loops) {
      counters.add(loop.counters);
    }
    return Counters.sum(counters);
  }

  /** Gives an accepted connection to a loop. Called by the thread of the first. */
  void place(SocketChannel channel, Listener listener) {
    if (open.incrementAndGet() > settings.connections()) {
      open.decrementAndGet();
      loops[0].counters.add(Counters.Of.REFUSED, 1);
      full("connections");
      Loop.close(channel);
      return;
    }
    var loop = loops[turn++ % loops.length];
    if (loop == loops[0]) {
      loop.accept(channel, listener);
    } else {
      loop.order(() -> loop.accept(channel, listener));
    }
  }

  void full(String what) {
    long now = System.nanoTime();
    long told = toldFull.get();
    if (now - told >= TELL_EVERY && toldFull.compareAndSet(told, now)) {
      LOG.log(
          System.Logger.Level.WARNING, "The gate is full: no more {0}; new ones are closed", what);
    }
  }

  /** Closes ports and connections. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    listeners.forEach(Listener::close);
    for (var loop : loops) {
      loop.order(loop::end);
    }
    for (var thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

}
