package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Another member that may exist: a thread keeps a connection to it, or tries to.
 *
 * <p>The listener is called under this peer's lock and takes its own; {@link #send} is called under
 * the listener's and must not take this one.
 */
final class Peer {

  private static final System.Logger LOG = System.getLogger(Peer.class.getName());

  private static final int CONNECT = 500;
  private static final int PING = 500;
  private static final long FIRST_PAUSE = 20;
  private static final long LONGEST_PAUSE = 500;
  private static final long UNKNOWN_PAUSE = 1_000;

  private static final long LOOKUP = TimeUnit.SECONDS.toNanos(1);

  /** What the JDK says if DNS, and not the name, is the problem. */
  private static final String TEMPORARY = "Temporary failure";

  /** A connection that ends sooner is not dialled again at once. */
  private static final long BRIEF = TimeUnit.SECONDS.toNanos(1);

  final String name;
  private final PeerNetwork network;
  private final ReentrantLock telling = new ReentrantLock();
  private volatile @Nullable Link link;

  /** Where it is seen, and where it listens. Newer than what DNS knows, as long as it works. */
  private volatile @Nullable InetSocketAddress seen;

  private volatile @Nullable InetAddress last;

  /** Where it was reached last; tried while DNS is away. */
  private @Nullable InetSocketAddress reached;

  private @Nullable CompletableFuture<InetSocketAddress> lookup;

  // The dialler's.
  private final ReentrantLock waiting = new ReentrantLock();
  private final Condition woken = waiting.newCondition();
  private boolean awake;
  private @Nullable Socket dialling;
  private @Nullable InetSocketAddress diallingTo;
  private int failures;

  Peer(PeerNetwork network, String name) {
    this.network = network;
    this.name = name;
  }

  void start() {
    network.thread("peer-" + name, this::dial);
  }

  // What others want.

  void send(Message message, Member to) {
    var current = link;
    if (current == null
        || !current.isOpen()
        || current.outgoing() == null
        || !current.other.member().equals(to)) {
      return;
    }
    if (!current.outbox.put(message)) {
      network.occasionally.warn(
          name + " slow",
          name
              + " does not take what it is sent: more than "
              + network.settings.queueLimit()
              + " bytes are waiting. The connection is given up and made again.");
      current.shut(); // Its threads notice, and say so.
    }
  }

  @Nullable PeerInfo info() {
    var current = link;
    if (current == null || !current.isOpen()) {
      return null;
    }
    return current.outgoing() instanceof Connection connection
        ? new PeerInfo(
            name,
            current.other.member().incarnation(),
            connection.address(),
            current.other.version(),
            current.other.revision(),
            current.since)
        : null;
  }

  @Nullable InetAddress address() {
    return last;
  }

  // Incoming.

  /** Takes a connection that the member made, and reads from it until it ends. */
  void read(Connection connection) {
    Thread.currentThread().setName("peer-" + name + "-in");
    var current = attach(connection);
    if (current == null) {
      connection.close();
      return;
    }
    try {
      connection.giveUpAfter(PeerNetwork.SILENCE);
      while (deliver(current, connection.in.read())) {}
    } catch (IOException e) {
      ended(current, e);
    } catch (RuntimeException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "What " + name + " said could not be dealt with; the connection is made again",
          e);
    } finally {
      broken(current);
    }
  }

  private @Nullable Link attach(Connection connection) {
    Link current;
    telling.lock();
    try {
      current = linkFor(connection.other, true);
      if (current == null) {
        return null;
      }
      current.incoming(connection);
      last = connection.address();
      var address = new InetSocketAddress(connection.address(), connection.other.port());
      seen = address;
      wake(address);
    } finally {
      telling.unlock();
    }
    return current;
  }

  private boolean deliver(Link current, Message message) {
    telling.lock();
    try {
      if (current.ended || !current.isOpen()) {
        return false;
      }
      current.told = true; // Who hears of a member regards it as connected.
      network.listener().receive(current.other.member(), message);
      return true;
    } finally {
      telling.unlock();
    }
  }

  /**
   * The link with a process. A connection of another process, or another one of the same, ends the
   * one that there was: the member has begun anew before this side noticed.
   *
   * @return nothing if the process is an earlier one than that of the link
   */
  private @Nullable Link linkFor(Hello other, boolean incoming) {
    var current = link;
    if (current != null && current.isOpen()) {
      var there = incoming ? current.incoming() : current.outgoing();
      if (there == null && current.other.isSameProcessAs(other)) {
        return current;
      }
      if (other.isEarlierThan(current.other)) {
        return null;
      }
    }
    if (current != null) {
      end(current);
    }
    if (network.isClosed()) {
      return null;
    }
    var next = new Link(other, network.settings.queueLimit());
    link = next;
    return next;
  }

  private void end(Link current) {
    current.shut();
    if (!current.ended) {
      current.ended = true;
      if (current.told && !network.isClosed()) {
        LOG.log(System.Logger.Level.INFO, "The connection with {0} has ended", name);
        tell(() -> network.listener().disconnected(current.other.member()));
      }
    }
  }

  private void broken(Link current) {
    current.shut();
    telling.lock();
    try {
      end(current);
    } finally {
      telling.unlock();
    }
  }

  private void tell(Runnable what) {
    try {
      what.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "What happened to " + name + " could not be told", e);
    }
  }

  private void ended(Link current, IOException why) {
    if (current.isOpen() && !network.isClosed()) {
      LOG.log(
          why instanceof WireException ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
          "The connection with " + name + " has ended: " + PeerNetwork.reason(why));
    }
  }

  // Outgoing.

  private void dial() {
    while (!network.isClosed()) {
      pause(failures == 0 ? 0 : Math.min(FIRST_PAUSE << Math.min(failures - 1, 8), LONGEST_PAUSE));
      InetSocketAddress address = null;
      try {
        address = where();
        var connection = connect(address);
        var began = System.nanoTime();
        reached = address;
        talk(connection);
        failures = System.nanoTime() - began < BRIEF ? failures + 1 : 0;
      } catch (UnknownHostException e) {
        LOG.log(System.Logger.Level.DEBUG, "There is no {0}", name);
        pause(UNKNOWN_PAUSE);
      } catch (IOException e) {
        failures++;
        if (address != null && address.equals(seen)) {
          seen = null; // DNS may know better by now.
        }
        network.failed(name, address, e);
      } catch (RuntimeException e) {
        failures++;
        LOG.log(System.Logger.Level.ERROR, "The connection to " + name + " failed", e);
      }
    }
  }

  /**
   * Where to dial. DNS may take its time, above all when it was on the machine that has just died;
   * that must not keep this thread from what others show.
   */
  private InetSocketAddress where() throws UnknownHostException {
    var asked = lookup;
    if (seen == null && asked == null) {
      asked = lookup = new CompletableFuture<>();
      var answer = asked;
      network.thread("peer-" + name + "-dns", () -> look(answer));
    }
    var done = asked == null || awaitSeenOr(asked);
    if (seen instanceof InetSocketAddress address) {
      return address;
    }
    var before = reached;
    if (asked == null || !done) {
      if (before == null) {
        throw new UnknownHostException("DNS does not answer");
      }
      return before;
    }
    lookup = null;
    try {
      return asked.join();
    } catch (CompletionException e) {
      var why = e.getCause() instanceof UnknownHostException unknown ? unknown : null;
      if (why == null) {
        throw e;
      }
      if (before != null && String.valueOf(why.getMessage()).contains(TEMPORARY)) {
        return before;
      }
      throw why;
    }
  }

  private void look(CompletableFuture<InetSocketAddress> answer) {
    try {
      answer.complete(network.resolver.resolve(name));
    } catch (UnknownHostException | RuntimeException e) {
      answer.completeExceptionally(e);
    }
    waiting.lock();
    try {
      woken.signal();
    } finally {
      waiting.unlock();
    }
  }

  private boolean awaitSeenOr(CompletableFuture<?> asked) {
    waiting.lock();
    try {
      var left = LOOKUP;
      while (!asked.isDone() && seen == null && left > 0 && !network.isClosed()) {
        left = woken.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting.unlock();
    }
    return asked.isDone();
  }

  private Connection connect(InetSocketAddress address) throws IOException {
    var socket = new Socket();
    dialling(socket, address);
    try {
      if (!network.settings.listen().getAddress().isAnyLocalAddress()) {
        // Others take where this comes from for where this member is.
        socket.bind(new InetSocketAddress(network.settings.listen().getAddress(), 0));
      }
      socket.connect(address, CONNECT);
      return network.dialled(name, socket);
    } catch (IOException | RuntimeException e) {
      Connection.closeNow(socket);
      throw e;
    } finally {
      dialling(null, null);
    }
  }

  private void talk(Connection connection) {
    Link current;
    telling.lock();
    try {
      current = linkFor(connection.other, false);
      if (current == null) {
        connection.close();
        return;
      }
      current.outgoing(connection);
      current.told = true;
      last = connection.address();
      LOG.log(
          System.Logger.Level.INFO,
          "Connected to {0} at {1} (version {2})",
          name,
          connection.address().getHostAddress(),
          connection.other.version());
      tell(() -> network.listener().connected(connection.other.member()));
    } finally {
      telling.unlock();
    }
    try {
      network.thread("peer-" + name + "-end", () -> awaitEnd(current, connection));
      write(current, connection);
    } catch (IOException e) {
      ended(current, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      broken(current);
    }
  }

  private static void write(Link current, Connection connection)
      throws IOException, InterruptedException {
    var outbox = current.outbox;
    while (!outbox.isClosed()) {
      var messages = outbox.take(PING);
      if (messages.isEmpty()) {
        connection.out.ping();
      }
      for (var message : messages) {
        connection.out.write(message);
      }
      connection.out.flush();
    }
  }

  /** Nothing is said on a connection that this side made; so whatever can be read is its end. */
  private void awaitEnd(Link current, Connection connection) {
    try {
      connection.giveUpAfter(0);
      connection.in.read();
      throw new WireException("something was said where nothing is to be said");
    } catch (IOException e) {
      ended(current, e);
    } finally {
      broken(current);
    }
  }

  private void dialling(@Nullable Socket socket, @Nullable InetSocketAddress address) {
    waiting.lock();
    try {
      dialling = socket;
      diallingTo = address;
    } finally {
      waiting.unlock();
    }
  }

  /**
   * Ends the dialler's pause, and what it is trying now if that is elsewhere.
   *
   * @param address where the member is; null if nothing is to be dialled any more
   */
  private void wake(@Nullable InetSocketAddress address) {
    waiting.lock();
    try {
      awake = true;
      woken.signal();
      if (dialling != null && !Objects.equals(address, diallingTo)) {
        Connection.closeNow(dialling);
      }
    } finally {
      waiting.unlock();
    }
  }

  private void pause(long millis) {
    waiting.lock();
    try {
      var left = TimeUnit.MILLISECONDS.toNanos(millis);
      while (!awake && left > 0 && !network.isClosed()) {
        left = woken.awaitNanos(left);
      }
      awake = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting.unlock();
    }
  }

  // The end.

  /** Whether everything that was to be sent was written. */
  boolean isIdle() {
    var current = link;
    return current == null || !current.isOpen() || current.outbox.isEmpty();
  }

  /** Whether the other side has ended it, or there was nothing. */
  boolean isGone() {
    var current = link;
    return current == null || !current.isOpen();
  }

  void finish() {
    if (link instanceof Link current && current.outgoing() instanceof Connection connection) {
      connection.finish();
    }
  }

  void close() {
    if (link instanceof Link current) {
      current.shut();
    }
    wake(null);
  }
}
