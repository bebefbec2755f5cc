package io.mosquittoha.agent.gate;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A thread that carries bytes, with a selector of its own. What belongs to it is touched by this
 * thread only; others give it orders.
 */
final class Loop implements Runnable {

  private static final System.Logger LOG = System.getLogger(Gate.class.getName());

  /** After so many sockets a look whether something was committed meanwhile. */
  private static final int COMMIT_EVERY = 32;

  /** Closing ten thousand sockets takes a while; those who come back must not wait for it. */
  private static final int BURIED_AT_A_TIME = 256;

  private static final int VECTOR = 16;
  private static final long PAUSE_AFTER_FAULT = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long TELL_EVERY = TimeUnit.MINUTES.toNanos(1);

  final Gate gate;
  final GateSettings settings;
  final Commit commit;
  final Selector selector;
  final Counters counters = new Counters();
  final Segments segments;
  final ByteBuffer[] vector = new ByteBuffer[VECTOR];

  /** Attempts that are not through yet, the oldest first. */
  final Set<Connection> waiting = new LinkedHashSet<>();

  /** Bytes in all queues. */
  long heldBytes;

  Route route = new Route.Hold();

  private final Marks marks = new Marks();
  private final ArrayList<Connection> freed = new ArrayList<>();
  private final ArrayDeque<Connection> doomed = new ArrayDeque<>();
  private final PriorityQueue<Timed.Alarm> alarms = new PriorityQueue<>();
  private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
  private final Consumer<SelectionKey> ready = this::ready;

  /** The number whose commit the sleeping loop waits for. */
  private final AtomicLong awaited = new AtomicLong(Long.MAX_VALUE);

  private @Nullable Segment reading;
  private int sockets;
  private long told = System.nanoTime() - TELL_EVERY;
  private boolean over;

  Loop(Gate gate, GateSettings settings, Commit commit) {
    this.gate = gate;
    this.settings = settings;
    this.commit = commit;
    this.segments = new Segments(settings.heldBytesTotal() / settings.loops());
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException("gates: the system gives no selector", e);
    }
  }

  // ---- from other threads

  void order(Runnable order) {
    orders.add(order);
    selector.wakeup();
  }

  void released() {
    // Between the caller's store of the commit and the load of what is awaited; see sleeps().
    VarHandle.fullFence();
    long number = awaited.get();
    if (number != Long.MAX_VALUE
        && commit.committed() >= number
        && awaited.compareAndSet(number, Long.MAX_VALUE)) {
      selector.wakeup();
    }
  }

  // ---- the thread

  @Override
  public void run() {
    while (!over) {
      try {
        turn();
      } catch (IOException | RuntimeException | Error e) {
        // Whatever it is, the connections go on, and the next turn tries again.
        tell("The gate had a fault and goes on", e);
        LockSupport.parkNanos(PAUSE_AFTER_FAULT);
      }
    }
    segments.close();
    close(selector);
  }

  private void turn() throws IOException {
    for (var order = orders.poll(); order != null; order = orders.poll()) {
      order.run();
    }
    bury();
    release();
    counters.set(Counters.Of.HELD_BYTES, heldBytes);
    counters.set(Counters.Of.BUFFER_BYTES, segments.used());
    long patience = doomed.isEmpty() && !over ? patience() : 0;
    if (patience == 0 || !sleeps()) {
      selector.selectNow(ready);
    } else if (patience < 0) {
      selector.select(ready);
    } else {
      selector.select(ready, patience);
    }
    awaited.set(Long.MAX_VALUE);
    release();
    ring();
  }

  /** Whether there is nothing to do. From then on a commit of what is held wakes the loop. */
  private boolean sleeps() {
    if (marks.isEmpty()) {
      return true;
    }
    awaited.set(marks.number());
    // The commit comes either before this look, or before that of released().
    VarHandle.fullFence();
    return commit.committed() < marks.number();
  }

  /** Milliseconds until the next alarm; negative if there is none. */
  private long patience() {
    var next = alarms.peek();
    if (next == null) {
      return -1;
    }
    long nanos = next.at() - System.nanoTime();
    return nanos <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos + 999_999);
  }

  private void ring() {
    for (var next = alarms.peek(); next != null; next = alarms.peek()) {
      long now = System.nanoTime();
      if (next.at() - now > 0) {
        return;
      }
      alarms.poll();
      next.target().due(next, now);
    }
  }

  void wake(Timed.Alarm alarm) {
    alarms.add(alarm);
  }

  private void ready(SelectionKey key) {
    if (++sockets % COMMIT_EVERY == 0) {
      release();
    }
    if (!key.isValid()) {
      return;
    }
    switch (key.attachment()) {
      case Leg leg -> {
        try {
          leg.connection.ready(key, leg);
        } catch (RuntimeException | Error e) {
          fault(leg.connection, e);
        }
      }
      case Connection connection -> {
        try {
          connection.ready(key, null);
        } catch (RuntimeException | Error e) {
          fault(connection, e);
        }
      }
      case Listener listener -> listener.accept();
      case null, default -> throw new IllegalStateException("a socket of nobody");
    }
  }

  /** Bytes may be lost in the middle, for example when memory ran out: it cannot go on. */
  private void fault(Connection connection, Throwable e) {
    tell("The gate closes a connection after a fault", e);
    connection.close();
  }

  private void tell(String what, Throwable e) {
    long now = System.nanoTime();
    if (now - told >= TELL_EVERY) {
      told = now;
      LOG.log(System.Logger.Level.ERROR, what, e);
    }
  }

  void accept(SocketChannel channel, Listener listener) {
    Connection connection;
    try {
      connection = new Connection(this, channel, listener);
    } catch (IOException | RuntimeException | Error e) {
      // Mostly: it has gone already.
      gate.open.decrementAndGet();
      close(channel);
      return;
    }
    counters.add(Counters.Of.ACCEPTED, 1);
    follow(connection);
  }

  private void follow(Connection connection) {
    try {
      connection.follow(route);
    } catch (RuntimeException | Error e) {
      fault(connection, e);
    }
  }

  // ---- what is held

  void mark(long number, Connection connection, int length) {
    if (marks.add(number, connection, length, System.nanoTime())) {
      segments.charge(Marks.COST);
    }
  }

  /** The connection's bytes were thrown away. */
  void forget(Connection connection) {
    int gone = marks.died(connection.marks);
    connection.marks = 0;
    segments.charge(-(long) gone * Marks.COST);
  }

  private void release() {
    if (marks.isEmpty()) {
      return;
    }
    long committed = commit.committed();
    if (marks.number() > committed) {
      return;
    }
    long now = System.nanoTime();
    while (!marks.isEmpty() && marks.number() <= committed) {
      var connection = marks.connection();
      if (connection != null) {
        counters.held(now - marks.time());
        connection.marks--;
        connection.client.allow(marks.bytes());
        if (!connection.freed) {
          connection.freed = true;
          freed.add(connection);
        }
      }
      marks.remove();
      segments.charge(-Marks.COST);
    }
    for (var connection : freed) {
      connection.freed = false;
      try {
        connection.flush();
      } catch (RuntimeException | Error e) {
        fault(connection, e);
      }
    }
    freed.clear();
  }

  /** What is read next goes in here. */
  ByteBuffer emptyBuffer() {
    if (reading == null) {
      reading = segments.take(Segments.LARGE);
    }
    return reading.bytes.clear();
  }

  /** Gives the memory away that was read into, if it is this, rather than copy much of it. */
  @Nullable Segment giveAway(ByteBuffer bytes) {
    var given = reading;
    if (given == null || given.bytes != bytes) {
      return null;
    }
    reading = null;
    given.from = bytes.position();
    given.to = bytes.limit();
    return given;
  }

  // ---- orders

  /** The first thing done is that nothing is sent that the new route forbids; then it is told. */
  void lead(Route next, Runnable done) {
    boolean leavesServe = route instanceof Route.Serve && !(next instanceof Route.Serve);
    route = next;
    doom(connection -> connection.isOverUnder(next));
    if (leavesServe) {
      segments.charge(-(long) marks.size() * Marks.COST);
      marks.clear();
    }
    done.run();
    new ArrayList<>(waiting).forEach(this::follow);
  }

  void closeClients(Runnable done) {
    doom(connection -> true);
    done.run();
    new ArrayList<>(waiting).forEach(Connection::close);
  }

  private void doom(Predicate<Connection> which) {
    for (var key : selector.keys()) {
      if (key.attachment() instanceof Leg leg
          && leg.towardsClient
          && leg.connection.isOpen()
          && which.test(leg.connection)) {
        doomed.add(leg.connection);
        try {
          leg.connection.doom();
        } catch (RuntimeException | Error e) {
          // It is closed as the first thing, so nothing is sent; at worst memory is lost.
          tell("The gate had a fault when it closed a connection", e);
        }
      }
    }
  }

  private void bury() {
    for (int i = 0; i < BURIED_AT_A_TIME && !doomed.isEmpty(); i++) {
      doomed.remove().bury();
    }
  }

  void end() {
    closeClients(() -> {});
    while (!doomed.isEmpty()) {
      bury();
    }
    over = true;
  }

  static void close(@Nullable Closeable closeable) {
    if (closeable != null) {
      try {
        closeable.close();
      } catch (IOException e) {
        // There is nobody to tell.
      }
    }
  }
}
