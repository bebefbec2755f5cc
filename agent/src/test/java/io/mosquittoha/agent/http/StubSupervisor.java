package io.mosquittoha.agent.http;

import io.mosquittoha.agent.Agent;
import io.mosquittoha.agent.Settings;
import io.mosquittoha.agent.gate.GateStatistics;
import io.mosquittoha.agent.link.Frame;
import io.mosquittoha.agent.peer.PeerInfo;
import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Position;
import io.mosquittoha.agent.replication.Replica;
import io.mosquittoha.agent.replication.View;
import io.mosquittoha.agent.state.BrokerState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An agent that is as a test says; its state is real. */
final class StubSupervisor implements Supervisor {

  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  private final BrokerState state =
      new BrokerState(
          10_000,
          () -> 1_764_000_000_000L,
          json -> listeners.forEach(listener -> listener.accept(json)));
  private final Settings settings;
  private long index;

  final List<String> kicked = new CopyOnWriteArrayList<>();
  final List<Optional<String>> moves = new CopyOnWriteArrayList<>();
  final Map<String, PeerInfo> peers = new LinkedHashMap<>();
  Optional<Instant> certificatesUntil = Optional.empty();
  volatile @Nullable String refusal;
  volatile boolean started = true;
  volatile boolean serves = true;
  volatile boolean allowed = true;
  volatile boolean ready = true;
  volatile Agent.Broker broker = Agent.Broker.SERVING;
  volatile Optional<String> leader = Optional.of("m-0");
  volatile List<String> inSync = List.of("m-0", "m-1", "m-2");
  volatile List<String> connected = List.of("m-1", "m-2");
  volatile List<String> heardOf = List.of("m-1", "m-2");
  volatile Duration idle = Duration.ofMillis(100);

  StubSupervisor(Path folder, String... properties) {
    settings = settings(folder, properties);
  }

  /** Those of a first member of three. */
  static Settings settings(Path folder, String... properties) {
    try {
      var lines =
          new ArrayList<>(
              List.of(
                  "service=brokers.ns.svc",
                  "lease=view",
                  "adminPort=1",
                  "tokenFile=" + folder.resolve("token"),
                  "accounts=" + folder.resolve("accounts")));
      lines.addAll(List.of(properties));
      var file = Files.write(folder.resolve("agent.properties"), lines);
      var read =
          Settings.read(
              file, Map.of("POD_NAME", "m-0", "POD_IP", "10.0.0.1", "POD_REVISION", "r1"));
      return new Settings(
          read.name(),
          read.service(),
          read.lease(),
          read.namespace(),
          read.podIp(),
          read.revision(),
          read.replication(),
          read.disk(),
          read.gates(),
          read.peerPort(),
          0,
          read.peerTls(),
          read.token(),
          read.data(),
          read.config(),
          read.accounts(),
          read.runtime(),
          read.mosquitto(),
          read.launch(),
          read.plugin(),
          read.adminPort(),
          read.brokerHangAfter(),
          read.brokerPing(),
          read.willGrace(),
          read.holdTime(),
          read.holdConnections(),
          read.gateConnections(),
          read.stateLimit(),
          read.members(),
          read.viewFile(),
          read.watch(),
          read.openGate());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  void apply(Frame... changes) {
    var body = new ByteArrayOutputStream();
    for (var change : changes) {
      body.writeBytes(change.encode());
    }
    state.apply(new Entry(++index, 7, index, body.toByteArray()));
  }

  int listeners() {
    return listeners.size();
  }

  @Override
  public Settings settings() {
    return settings;
  }

  @Override
  public Optional<Replica.Sight> sight() {
    if (!started) {
      return Optional.empty();
    }
    var self = member("m-0");
    var members = inSync.stream().map(StubSupervisor::member).toList();
    var view =
        members.isEmpty()
            ? Optional.<View>empty()
            : Optional.of(new View("cluster-1", 7, 3, member(leader.orElse("m-1")), members));
    return Optional.of(
        new Replica.Sight(
            self,
            7,
            leads(),
            allowed,
            view,
            leader.map(StubSupervisor::member),
            new Position(1_240, 7),
            1_234,
            1_230,
            5_000,
            600,
            heardOf.stream()
                .map(name ->
                    new Replica.Peer(
                        member(name), connected.contains(name), inSync.contains(name), 1_233, 77))
                .toList()));
  }

  private boolean leads() {
    return leader.equals(Optional.of("m-0"));
  }

  private static Member member(String name) {
    return new Member(name, "life-of-" + name);
  }

  @Override
  public BrokerState state() {
    return state;
  }

  @Override
  public StateHash stateHash() {
    return new StateHash(1_234, Supervisor.hash(state.records()));
  }

  @Override
  public GateStatistics gate() {
    return new GateStatistics(
        3,
        2,
        1,
        4,
        100,
        5,
        6,
        7,
        800,
        900,
        10,
        1_100,
        1_200,
        13,
        List.of(
            new GateStatistics.Bucket(100, 5),
            new GateStatistics.Bucket(1_000, 4),
            new GateStatistics.Bucket(Long.MAX_VALUE, 1)),
        2_500_000);
  }

  @Override
  public Agent.Broker broker() {
    return broker;
  }

  @Override
  public long brokerPid() {
    return ProcessHandle.current().pid();
  }

  @Override
  public boolean serves() {
    return serves;
  }

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public long refusedByRestore() {
    return 2;
  }

  @Override
  public long emitted() {
    return 1_231;
  }

  @Override
  public long committed() {
    return 1_229;
  }

  @Override
  public Duration idle() {
    return idle;
  }

  @Override
  public Map<String, PeerInfo> peers() {
    return peers;
  }

  @Override
  public Optional<Instant> certificatesUntil() {
    return certificatesUntil;
  }

  void reach(String name) {
    peers.put(
        name,
        new PeerInfo(
            name,
            "life-of-" + name,
            InetAddress.ofLiteral("10.0.0.9"),
            "0.1.0",
            "r2",
            Instant.EPOCH));
  }

  @Override
  public Following follow(Consumer<String> live) {
    synchronized (state) {
      listeners.add(live);
      return new Following(state.occurrences(), () -> listeners.remove(live));
    }
  }

  @Override
  public CompletableFuture<Void> moveLeader(Optional<String> target) {
    moves.add(target);
    if (refusal != null) {
      return CompletableFuture.failedFuture(new Agent.RefusedException(refusal));
    }
    leader = Optional.of(target.orElse("m-1"));
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public boolean kick(String clientId) {
    return broker == Agent.Broker.SERVING && kicked.add(clientId);
  }
}
