package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import io.mosquittoha.agent.replication.Replica;
import io.mosquittoha.agent.replication.Transport;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The connections with all other members. A member sends on the connection that it made and hears
 * on the one that the other made; if one of them ends, so does the other.
 */
public final class PeerNetwork implements Transport, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(PeerNetwork.class.getName());

  /** A member that says nothing for so long, not even that it is there, has to be dialled again. */
  static final int SILENCE = 3_000;

  private static final int INTRODUCTION = 3_000;
  private static final int INTRODUCTIONS = 32;
  private static final int BACKLOG = 64;
  private static final long STACK = 512 << 10;
  private static final Duration LAST_WORDS = Duration.ofMillis(500);

  final PeerSettings settings;
  final Resolver resolver;
  final Occasionally occasionally = new Occasionally(LOG);
  private final Hello self;
  private final @Nullable Credentials credentials;
  private final ServerSocket server;
  final Map<String, Peer> peers = new LinkedHashMap<>();
  private final Semaphore introductions = new Semaphore(INTRODUCTIONS);
  private volatile @Nullable PeerListener listener;
  private volatile boolean closed;

  /**
   * Binds the port; nobody is answered before {@link #start}.
   *
   * @param version of this software
   * @param revision of this member's pod
   * @throws UncheckedIOException if the port cannot be had
   */
  public PeerNetwork(
      PeerSettings settings, Member self, String version, String revision, Resolver resolver) {
    this.settings = settings;
    this.resolver = resolver;
    this.credentials = settings.tls().map(Credentials::new).orElse(null);
    try {
      server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(settings.listen(), BACKLOG);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Other members cannot be listened to on " + settings.listen() + ": " + e.getMessage(), e);
    }
    var now = Instant.now();
    this.self =
        new Hello(
            Hello.PROTOCOL,
            Hello.PROTOCOL,
            self,
            TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1_000,
            server.getLocalPort(),
            version,
            revision);
    var dash = self.name().lastIndexOf('-');
    if (!settings.service().isEmpty() && dash > 0) {
      for (var i = 0; i < settings.members(); i++) {
        var name = self.name().substring(0, dash + 1) + i;
        if (!name.equals(self.name())) {
          peers.put(name, new Peer(this, name));
        }
      }
    }
  }

  /** Finds the others by DNS. */
  public PeerNetwork(PeerSettings settings, Member self, String version, String revision) {
    this(
        settings,
        self,
        version,
        revision,
        Resolver.dns(settings.service(), settings.listen().getPort()));
  }

  /** Where others reach this member. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  /** Begins to listen and to dial. */
  public void start(Replica replica) {
    start(PeerListener.of(replica));
  }

  /** Begins to listen and to dial. */
  public void start(PeerListener whoIsTold) {
    listener = whoIsTold;
    thread("peers", this::accept);
    peers.values().forEach(Peer::start);
  }

  @Override
  public void send(Member to, Message message) {
    var peer = peers.get(to.name());
    if (peer != null) {
      peer.send(message, to);
    }
  }

  /** The members that can be sent to now, by name. */
  public Map<String, PeerInfo> peers() {
    var found = new LinkedHashMap<String, PeerInfo>();
    for (var peer : peers.values()) {
      var info = peer.info();
      if (info != null) {
        found.put(peer.name, info);
      }
    }
    return found;
  }

  /** When the first of the certificates of this member's connections expires; empty without TLS. */
  public Optional<Instant> certificatesUntil() {
    try {
      return credentials == null ? Optional.empty() : Optional.of(credentials.until());
    } catch (IOException e) {
      return Optional.empty(); // There are none; whoever connects is told why.
    }
  }

  /** Where a member was seen last. */
  public Optional<InetAddress> addressOf(String name) {
    return Optional.ofNullable(peers.get(name)).map(Peer::address);
  }

  /** Ends all connections; what was to be sent is sent before, unless that takes too long. */
  @Override
  public void close() {
    var until = System.nanoTime() + LAST_WORDS.toNanos();
    await(until, Peer::isIdle);
    closed = true;
    try {
      server.close();
    } catch (IOException e) {
      // There is nothing left to be done about it.
    }
    peers.values().forEach(Peer::finish);
    await(until, Peer::isGone);
    peers.values().forEach(Peer::close);
  }

  private void await(long until, Predicate<Peer> what) {
    Collection<Peer> all = peers.values();
    try {
      while (!all.stream().allMatch(what) && System.nanoTime() < until) {
        Thread.sleep(2);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // For peers.

  PeerListener listener() {
    var current = listener;
    if (current == null) {
      throw new IllegalStateException("not started");
    }
    return current;
  }

  boolean isClosed() {
    return closed;
  }

  void thread(String name, Runnable what) {
    // Not a virtual one: a lookup would keep one of the few carriers of all of them.
    Thread.ofPlatform().name(name).daemon().stackSize(STACK).start(what);
  }

  /** Introduces this member on a connection that it made. */
  Connection dialled(String name, Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(INTRODUCTION);
    SSLSocket tls = null;
    if (credentials != null) {
      tls = credentials.client(socket, settings.hostOf(name));
      tls.startHandshake();
    }
    var connection = Connection.dialled(socket, tls, self);
    var other = connection.other;
    if (!other.member().name().equals(name)) {
      throw new WireException("the member there is %s".formatted(other.member().name()));
    }
    checkProtocol(other);
    return connection;
  }

  /** Says why a member could not be reached, if that is not just because it is away. */
  void failed(String name, @Nullable InetSocketAddress address, IOException why) {
    if (closed) {
      return;
    }
    var where = name + (address == null ? "" : " at " + address.getAddress().getHostAddress());
    if (why instanceof SSLException) {
      occasionally.warn(name + " TLS", tlsAdvice(where, settings.hostOf(name), why));
    } else if (why instanceof WireException || address == null) {
      occasionally.warn(name, "There is no connection to " + where + ": " + reason(why));
    } else {
      LOG.log(System.Logger.Level.DEBUG, "There is no connection to {0}: {1}", where, reason(why));
    }
  }

  private String tlsAdvice(String where, String host, IOException why) {
    var reason = reason(why);
    if (reason.contains("unrecognized SSL message")) {
      return "There is no TLS where %s is: either it is no member, or its peerTls is empty"
          .formatted(where);
    }
    if (reason.contains("Received fatal alert")) {
      return "%s does not accept this member's certificate (%s). Look at its log; the certificate is %s"
          .formatted(
              where, reason, settings.tls().map(path -> path.resolve("tls.crt")).orElse(null));
    }
    return ("The certificate of %s is not accepted: %s. It has to be issued by what is in %s, be"
            + " valid now and name %s; put a new one into the Secret for the members'"
            + " connections")
        .formatted(
            where, reason, settings.tls().map(path -> path.resolve("ca.crt")).orElse(null), host);
  }

  /** What is behind an exception, in words that people can do something with. */
  static String reason(Throwable why) {
    for (Throwable cause = why; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case CertificateExpiredException expired -> {
          return "it has expired (" + expired.getMessage() + ")";
        }
        case CertificateNotYetValidException early -> {
          return "it is not valid yet (" + early.getMessage() + ")";
        }
        case SocketTimeoutException _ -> {
          return "nothing was heard in time";
        }
        case EOFException _ -> {
          return "the other side ended it";
        }
        default -> {}
      }
    }
    return why.getMessage() == null ? why.toString() : why.getMessage();
  }

  private void checkProtocol(Hello other) throws WireException {
    if (!self.understands(other)) {
      throw new WireException(
          "%s (version %s) speaks protocol %d to %d and this member (version %s) %d to %d; install"
                  .formatted(
                      other.member().name(),
                      other.version(),
                      other.oldest(),
                      other.newest(),
                      self.version(),
                      self.oldest(),
                      self.newest())
              + " the same version everywhere");
    }
  }

  // Listening.

  private void accept() {
    while (!closed) {
      try {
        var socket = server.accept();
        if (introductions.tryAcquire()) {
          start(socket);
        } else {
          Connection.closeNow(socket);
        }
      } catch (IOException e) {
        if (!closed) {
          occasionally.warn("accept", "Other members cannot connect: " + e.getMessage());
          pause();
        }
      }
    }
  }

  private void start(Socket socket) {
    try {
      thread("peer-from-" + socket.getInetAddress().getHostAddress(), () -> answer(socket));
    } catch (OutOfMemoryError e) { // There cannot be more threads at the moment.
      introductions.release();
      Connection.closeNow(socket);
      occasionally.warn("thread", "A member that connects cannot be answered: " + e.getMessage());
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50); // Most likely there are too many open files; some may be closed soon.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(Socket socket) {
    Connection connection = null;
    try {
      connection = introduced(socket);
    } catch (IOException | RuntimeException e) {
      refused(socket, e);
      Connection.closeNow(socket);
    } finally {
      introductions.release();
    }
    if (connection != null && peers.get(connection.other.member().name()) instanceof Peer peer) {
      peer.read(connection);
    }
  }

  private Connection introduced(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(INTRODUCTION);
    if (credentials == null) {
      return Connection.accepted(socket, null, self, this::checkName);
    }
    var tls = credentials.server(socket);
    tls.startHandshake();
    var certificate = (X509Certificate) tls.getSession().getPeerCertificates()[0];
    return Connection.accepted(
        socket,
        tls,
        self,
        other -> {
          checkName(other);
          var host = settings.hostOf(other.member().name());
          if (!Names.has(certificate, host)) {
            throw new SSLException("it does not name " + host);
          }
        });
  }

  private void checkName(Hello other) throws WireException {
    if (closed) { // Answered, it would take this member for one that has begun anew.
      throw new WireException("this member is about to end");
    }
    if (other.member().name().equals(self.member().name())) {
      throw new WireException("it has this member's own name");
    }
    if (!peers.containsKey(other.member().name())) {
      throw new WireException("no member can have its name: " + other.member().name());
    }
    checkProtocol(other);
  }

  private void refused(Socket socket, Exception why) {
    var where = socket.getInetAddress().getHostAddress();
    switch (why) {
      case SSLException tls when !closed && !(tls.getCause() instanceof EOFException) ->
          occasionally.warn("TLS", tlsAdvice("the member at " + where, "the member", tls));
      case WireException wire when !closed ->
          occasionally.warn(
              "answer", "A connection from " + where + " was refused: " + wire.getMessage());
      case IOException other ->
          LOG.log(
              System.Logger.Level.DEBUG,
              "A connection from {0} was refused: {1}",
              where,
              reason(other));
      default -> LOG.log(System.Logger.Level.ERROR, "A connection from " + where + " failed", why);
    }
  }
}
