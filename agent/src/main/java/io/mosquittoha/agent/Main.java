package io.mosquittoha.agent;

import io.mosquittoha.agent.http.Endpoints;
import io.mosquittoha.agent.kubernetes.FileViewStore;
import io.mosquittoha.agent.kubernetes.LeaseViewStore;
import io.mosquittoha.agent.peer.PeerNetwork;
import io.mosquittoha.agent.peer.PeerSettings;
import io.mosquittoha.agent.peer.Resolver;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Replica;
import io.mosquittoha.agent.replication.Storage;
import io.mosquittoha.agent.replication.ViewStore;
import io.mosquittoha.agent.storage.DiskStorage;
import io.mosquittoha.agent.storage.MemoryStorage;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Starts the agent: {@code Main AGENT.PROPERTIES}. */
public final class Main {

  private static final Logger LOG = System.getLogger(Main.class.getName());

  /** The data could not be used, or has to be put aside: the next start is as a stranger. */
  private static final int AFRESH = 75;

  private static final AtomicReference<Runnable> PUT_ASIDE = new AtomicReference<>(() -> {});

  private Main() {}

  /** Runs until it is told to stop. */
  public static void main(String[] arguments) {
    // One line each, as the broker's own are, so that both read as one log: with java.logging or without.
    var line = "%1$tFT%1$tTZ: agent: %4$s: %5$s%6$s%n";
    System.setProperty("java.util.logging.SimpleFormatter.format", line);
    System.setProperty("jdk.system.logger.format", line);
    if (arguments.length != 1) {
      System.err.println("usage: Main AGENT.PROPERTIES");
      System.exit(2);
    }
    // A thread that ends where nobody expected it leaves an agent that only looks alive.
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          LOG.log(Level.ERROR, "a fault of the agent itself, in thread " + thread.getName(), failure);
          Runtime.getRuntime().halt(70);
        });
    try {
      run(Settings.read(Path.of(arguments[0]), System.getenv()));
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.ERROR, "cannot start: {0}", e.getMessage());
      LOG.log(Level.DEBUG, "cannot start", e);
      System.exit(1);
    }
  }

  /** Puts this member's state aside and ends; it is started again as a stranger. */
  static void beginAfresh() {
    Thread.ofPlatform()
        .start(
            () -> {
              PUT_ASIDE.get().run();
              Runtime.getRuntime().halt(AFRESH);
            });
  }

  private static void run(Settings settings) throws IOException {
    var disk =
        settings.disk() ? Optional.of(new DiskStorage(settings.replicaFolder())) : Optional.<DiskStorage>empty();
    var memory = new MemoryStorage();
    Storage storage = disk.<Storage>map(it -> it).orElse(memory);
    disk.ifPresent(it -> PUT_ASIDE.set(it::setAside));
    var self =
        new Member(
            settings.name(), disk.map(DiskStorage::incarnation).orElseGet(memory::incarnation));
    var peers = settings.hasPeers() ? Optional.of(network(settings, self)) : Optional.<PeerNetwork>empty();
    var agent = new Agent(settings, self, peers.map(Main::others).orElse(Agent.Others.NONE));
    var replica =
        new Replica(
            settings.replication(),
            self,
            storage,
            viewStore(settings),
            (to, message) -> peers.ifPresent(it -> it.send(to, message)),
            agent.state(),
            agent,
            () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    disk.ifPresent(
        it ->
            it.start(
                replica::durable,
                failure -> {
                  LOG.log(
                      Level.ERROR,
                      "{0} cannot be written any more, so nothing can be acknowledged: {1}",
                      settings.replicaFolder(),
                      failure.toString());
                  Runtime.getRuntime().halt(1);
                }));
    var endpoints = new Endpoints(agent, peers);
    agent.start(replica);
    peers.ifPresent(it -> it.start(replica));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  agent.close();
                  endpoints.close();
                  peers.ifPresent(PeerNetwork::close);
                  disk.ifPresent(DiskStorage::close);
                }));
    LOG.log(
        Level.INFO,
        "{0} ({1}) is up after {2} ms",
        self.name(),
        self.incarnation(),
        ProcessHandle.current()
            .info()
            .startInstant()
            .map(start -> System.currentTimeMillis() - start.toEpochMilli())
            .orElse(0L));
  }

  private static PeerNetwork network(Settings settings, Member self) {
    var port =
        Optional.ofNullable(settings.members().get(settings.name()))
            .map(InetSocketAddress::getPort)
            .orElse(settings.peerPort());
    var general =
        PeerSettings.of(
            port,
            settings.service(),
            Optional.of(settings.peerTls()).filter(folder -> !folder.isEmpty()).map(Path::of));
    var wire =
        new PeerSettings(
            new InetSocketAddress(settings.gateAddress(), port),
            general.service(),
            general.members(),
            general.tls(),
            general.queueLimit());
    return settings.members().isEmpty()
        ? new PeerNetwork(wire, self, version(), settings.revision())
        : new PeerNetwork(wire, self, version(), settings.revision(), listed(settings));
  }

  private static Resolver listed(Settings settings) {
    return name -> {
      var member = settings.members().get(name);
      if (member == null) {
        throw new UnknownHostException(name);
      }
      return new InetSocketAddress(member.getHostString(), member.getPort());
    };
  }

  private static ViewStore viewStore(Settings settings) {
    return settings.lease().isEmpty()
        ? new FileViewStore(
            settings.viewFile().isEmpty()
                ? settings.replicaFolder().resolve("view")
                : Path.of(settings.viewFile()))
        : LeaseViewStore.ofPod(settings.namespace(), settings.lease());
  }

  private static Agent.Others others(PeerNetwork network) {
    return new Agent.Others() {
      @Override
      public Optional<InetAddress> addressOf(String name) {
        return network.addressOf(name);
      }

      @Override
      public String revisionOf(String name) {
        var peer = network.peers().get(name);
        return peer == null ? "" : peer.revision();
      }
    };
  }

  /** Of this software. */
  public static String version() {
    return Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
        .orElse("development");
  }
}
