package io.mosquittoha.agent;

import io.mosquittoha.agent.gate.Commit;
import io.mosquittoha.agent.gate.Descriptors;
import io.mosquittoha.agent.gate.Gate;
import io.mosquittoha.agent.gate.GateSettings;
import io.mosquittoha.agent.gate.GateStatistics;
import io.mosquittoha.agent.gate.Route;
import io.mosquittoha.agent.link.BrokerPing;
import io.mosquittoha.agent.link.BrokerProcess;
import io.mosquittoha.agent.link.Frame;
import io.mosquittoha.agent.link.FrameType;
import io.mosquittoha.agent.link.Link;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Replica;
import io.mosquittoha.agent.replication.ReplicaListener;
import io.mosquittoha.agent.replication.View;
import io.mosquittoha.agent.state.BrokerState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Supervises one broker: keeps it warm while another one leads, restores and opens it when this member
 * leads, kills it when it no longer does, and leads clients to whoever serves them.
 *
 * <p>What the replica, the broker and the operator want is done by one thread, in order; that is where
 * all fields live that are not volatile.
 */
public final class Agent implements ReplicaListener, Link.Handler, Commit, AutoCloseable {

  /** What the broker of this pod does. */
  public enum Broker {
    DOWN,
    STARTING,
    /** Waits, warm, to be given the state. */
    STANDBY,
    RESTORING,
    SERVING
  }

  /** It can't be done now; the message says why. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    /** What cannot be done. */
    public RefusedException(String why) {
      super(why);
    }
  }

  private static final Logger LOG = System.getLogger(Agent.class.getName());
  private static final long TICK = 20;
  private static final long CHORES = 200;

  /** How long a leader waits for its own broker before another member should lead. */
  private static final long BROKER_PATIENCE = 5_000;

  private final Settings settings;
  private final Member self;
  private final BrokerState state;
  private final SecurityFile security;
  private final Accounts accounts;
  private final WatchedFolder watched;
  private final Gate gate;
  private final Link link;
  private final BrokerProcess process;
  private final Others others;
  private final List<Consumer<String>> occurrenceListeners = new CopyOnWriteArrayList<>();
  private final ScheduledExecutorService duty =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("duty").daemon().factory());
  private final ScheduledExecutorService pulse =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("pulse").daemon().factory());
  private final Object room = new Object();

  private @Nullable Replica replica;
  private Broker broker = Broker.DOWN;
  private volatile Broker brokerSeen = Broker.DOWN;
  private volatile boolean serves; // clients, through this member's gate
  private volatile boolean joined; // was in sync once
  private volatile long committedNumber;
  private volatile boolean stopping;
  private volatile long choresAt = System.nanoTime();
  private boolean leading;
  private boolean mayServe;
  private long epochToServe; // established, and its broker not yet restored
  private @Nullable Election election;
  private @Nullable View lastView;
  private Optional<String> successor = Optional.empty();
  private boolean moving; // the leader, on somebody's order
  private long electedAt;
  private long establishedAt;
  private long promotedAt;
  private long servesSince;
  private long startedAt;
  private long quickEnds;
  private long token;
  private volatile long refusedByRestore;
  private final Map<Long, String> publishing = new HashMap<>(); // token → client of the will
  private final Set<String> asked = new HashSet<>(); // clients whose wills were due in this epoch
  private final List<CompletableFuture<Void>> following = new ArrayList<>();

  /** The other members, as far as the agent itself has to know them. */
  public interface Others {

    /** Where a member is. */
    Optional<InetAddress> addressOf(String name);

    /** Which revision of the pod template it has; empty if that is not known. */
    String revisionOf(String name);

    /** Nobody: for a single member. */
    Others NONE =
        new Others() {
          @Override
          public Optional<InetAddress> addressOf(String name) {
            return Optional.empty();
          }

          @Override
          public String revisionOf(String name) {
            return "";
          }
        };
  }

  /**
   * An agent whose gate is bound and whose broker is not started yet.
   *
   * @throws IOException if the broker's socket cannot be made
   */
  public Agent(Settings settings, Member self, Others others) throws IOException {
    this.settings = settings;
    this.self = self;
    this.others = others;
    state =
        new BrokerState(
            settings.willGrace().toMillis(), System::currentTimeMillis, this::tellOccurrence);
    security = new SecurityFile(settings.securityFile());
    accounts = new Accounts(settings);
    watched = new WatchedFolder(settings.watch());
    link = new Link(settings.runtime(), this, security::changed);
    process =
        new BrokerProcess(
            List.of(
                settings.mosquitto(),
                "-c",
                settings.runtime().resolve("mosquitto.conf").toString()),
            status -> onDuty(this::ensureBroker));
    gate =
        new Gate(
            GateSettings.of(settings.gates())
                .withAddress(settings.gateAddress())
                .withHold(settings.holdTime(), settings.holdConnections())
                .withConnections(Descriptors.connections(settings.gateConnections())),
            this);
    gate.route(new Route.Hold());
  }

  /** Begins. */
  public void start(Replica startedReplica) {
    replica = startedReplica;
    pulse.scheduleWithFixedDelay(
        guarded(startedReplica::tick), 0, TICK, TimeUnit.MILLISECONDS);
    onDuty(this::ensureBroker);
    duty.scheduleWithFixedDelay(guarded(this::chores), CHORES, CHORES, TimeUnit.MILLISECONDS);
    Thread.ofPlatform().name("ping").daemon().start(this::watchBroker);
  }

  // What others may ask.

  public Settings settings() {
    return settings;
  }

  public BrokerState state() {
    return state;
  }

  public Replica replica() {
    var there = replica;
    if (there == null) {
      throw new IllegalStateException("the agent was not started");
    }
    return there;
  }

  public GateStatistics gate() {
    return gate.statistics();
  }

  public Broker broker() {
    return brokerSeen;
  }

  public long brokerPid() {
    return process.pid();
  }

  /** Whether clients that come to this member's gate are served by its own broker. */
  public boolean serves() {
    return serves;
  }

  /** Whether this member can be counted on: its broker is warm, and it has the state, or had it. */
  public boolean ready() {
    return joined
        && !stopping
        && (brokerSeen == Broker.STANDBY
            || brokerSeen == Broker.RESTORING
            || brokerSeen == Broker.SERVING);
  }

  /** How long ago the chores were last begun, which comes several times a second. */
  public Duration sinceChores() {
    return Duration.ofNanos(System.nanoTime() - choresAt);
  }

  /** How much of the state the broker refused when it was last restored; more than 0 is a fault. */
  public long refusedByRestore() {
    return refusedByRestore;
  }

  /** Adds somebody who is told of every occurrence, as JSON. Must be quick. */
  public Runnable onOccurrence(Consumer<String> listener) {
    occurrenceListeners.add(listener);
    return () -> occurrenceListeners.remove(listener);
  }

  /**
   * Makes another member lead. Done when this member follows.
   *
   * @param target its name; empty for the best one
   */
  public CompletableFuture<Void> moveLeader(Optional<String> target) {
    var done = new CompletableFuture<Void>();
    onDuty(
        () -> {
          var refusal = refusal(target);
          if (refusal.isPresent()) {
            done.completeExceptionally(new RefusedException(refusal.get()));
            return;
          }
          following.add(done);
          successor = target;
          moving = true;
          var restored = broker == Broker.SERVING || broker == Broker.RESTORING;
          stopBroker(); // What it handed over before is read, replicated and committed.
          route();
          if (!restored) {
            lostBroker();
          }
        });
    return done;
  }

  private Optional<String> refusal(Optional<String> target) {
    var sight = replica().sight();
    if (!leading) {
      return Optional.of(
          "this member does not lead"
              + sight.leader().map(leader -> "; ask " + leader.name()).orElse(""));
    }
    if (target.equals(Optional.of(self.name()))) {
      return Optional.of(self.name() + " leads already");
    }
    var candidates =
        sight.peers().stream()
            .filter(peer -> peer.inSync() && peer.connected())
            .map(peer -> peer.member().name())
            .toList();
    if (candidates.isEmpty()) {
      return Optional.of("no other member is in sync: the state would be lost");
    }
    return target
        .filter(name -> !candidates.contains(name))
        .map(name -> name + " is not in sync; these are: " + String.join(", ", candidates));
  }

  /** Disconnects a client; false if this member's broker does not serve. */
  public boolean kick(String clientId) {
    return brokerSeen == Broker.SERVING
        && link.command(
            Frame.of(FrameType.KICK, "token", 0, "clientid", clientId, "with_will", 0));
  }

  /** Hands over what this member has, and stops the broker. Takes some seconds at most. */
  @Override
  public void close() {
    stopping = true;
    try {
      if (replica().sight().leading()) {
        moveLeader(Optional.empty())
            .handle((done, failure) -> done)
            .get(8, TimeUnit.SECONDS);
      }
      leave();
    } catch (Exception e) {
      LOG.log(Level.WARNING, "stopping without a proper farewell: {0}", e.toString());
    }
    process.kill();
    gate.close();
    duty.shutdownNow();
    pulse.shutdownNow();
  }

  private void leave() throws InterruptedException {
    if (!settings.hasPeers() || replica().sight().leading()) {
      return;
    }
    var until = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    replica().leave();
    while (replica().sight().inSync() && System.nanoTime() < until) {
      Thread.sleep(20);
    }
  }

  // The replica.

  @Override
  public void elected(View view, Election how) {
    onDuty(
        () -> {
          leading = true;
          mayServe = false;
          election = how;
          epochToServe = 0;
          asked.clear();
          publishing.clear();
          electedAt = System.nanoTime();
          LOG.log(Level.INFO, "leads epoch {0}: {1}", view.epoch(), how.cause());
          stopBroker(); // If it was restored for another epoch.
          route();
        });
  }

  @Override
  public void established(long epoch) {
    onDuty(
        () -> {
          epochToServe = epoch;
          establishedAt = System.nanoTime();
          promote();
        });
  }

  @Override
  public void following(Optional<Member> leader) {
    makeRoom();
    onDuty(
        () -> {
          leading = false;
          mayServe = false;
          moving = false;
          epochToServe = 0;
          publishing.clear();
          LOG.log(
              Level.INFO,
              "follows {0}",
              leader.map(Member::name).orElse("nobody yet"));
          stopBroker();
          route();
          if (leader.isPresent()) {
            following.forEach(done -> done.complete(null));
            following.clear();
          }
        });
  }

  @Override
  public void serving(boolean allowed) {
    onDuty(
        () -> {
          mayServe = allowed;
          if (!allowed && leading && broker == Broker.SERVING && !moving) {
            LOG.log(Level.WARNING, "too few members answer: nothing is acknowledged until they do");
            stopBroker();
          }
          route();
        });
  }

  @Override
  public void committed(long index, long number) {
    committedNumber = number;
    gate.released();
  }

  @Override
  public void room() {
    makeRoom();
  }

  private void makeRoom() {
    synchronized (room) {
      room.notifyAll();
    }
  }

  @Override
  public void viewed(View view) {
    joined |= view.inSync().contains(self);
    onDuty(
        () -> {
          var before = lastView;
          lastView = view;
          if (leading && before != null && before.epoch() == view.epoch()) {
            view.inSync().stream()
                .filter(member -> !before.inSync().contains(member))
                .forEach(member -> record(view, "joined", member, "is in sync"));
            before.inSync().stream()
                .filter(member -> !view.inSync().contains(member))
                .forEach(
                    member -> record(view, "left", member, "is no longer waited for"));
          }
        });
  }

  @Override
  public void handOverFailed(String why) {
    LOG.log(Level.WARNING, "the leader stays: {0}", why);
    onDuty(() -> refuse(why));
    if (!stopping) {
      replica().renew();
    }
  }

  @Override
  public void mustBeginAfresh(String why) {
    LOG.log(Level.ERROR, "this member begins afresh; what it had is put aside: {0}", why);
    Main.beginAfresh();
  }

  // The broker.

  @Override
  public void standby(long features) {
    state.brokerTellsReconnects((features & 1) != 0);
    onDuty(
        () -> {
          broker(Broker.STANDBY);
          promote();
        });
  }

  @Override
  public void restored(long failed) {
    refusedByRestore = failed;
    if (failed > 0) {
      LOG.log(
          Level.ERROR,
          "the broker refused {0} records of its own state: is max_queued_messages too small?",
          failed);
    }
  }

  @Override
  public void serving() {
    onDuty(
        () -> {
          broker(Broker.SERVING);
          route();
          recordElection();
        });
  }

  @Override
  public void turns(byte[] changes, long number) {
    if (replica().append(changes, number) == 0) {
      return; // It no longer leads: what its broker does is of no consequence.
    }
    while (!replica().hasRoom()) {
      synchronized (room) {
        try {
          room.wait(50);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
      if (!replica().sight().leading()) {
        return;
      }
    }
  }

  @Override
  public void result(long answered, long reason) {
    onDuty(
        () -> {
          var client = publishing.remove(answered);
          if (client != null && reason != 0) {
            LOG.log(
                Level.WARNING, "the will of {0} cannot be published: error {1}", client, reason);
            replica()
                .append(Frame.of(FrameType.WILL_DROPPED, "clientid", client).encode());
          }
        });
  }

  @Override
  public void gone() {
    onDuty(
        () -> {
          var was = broker;
          broker(Broker.DOWN);
          if (leading && (was == Broker.SERVING || was == Broker.RESTORING)) {
            lostBroker();
          }
          ensureBroker();
        });
  }

  /** The leader has no broker any more. Another member has one that is warm. */
  private void lostBroker() {
    route();
    var target = successor;
    successor = Optional.empty();
    if (!moving) {
      LOG.log(Level.WARNING, "the broker has ended: another member takes over, if there is one");
    }
    if (!replica().handOver(target, preference())) {
      refuse("nobody else is in sync any more");
      if (!stopping) {
        replica().renew();
      }
    }
  }

  private void refuse(String why) {
    moving = false;
    following.forEach(
        done -> done.completeExceptionally(new RefusedException("the leader stays: " + why)));
    following.clear();
  }

  /** Members that were upgraded already, if any; then the one that will be upgraded last. */
  private Comparator<Member> preference() {
    return Comparator.<Member>comparingInt(
            member -> {
              var revision = others.revisionOf(member.name());
              return stopping && !revision.isEmpty() && !revision.equals(settings.revision())
                  ? 0
                  : 1;
            })
        .thenComparingInt(Member::ordinal);
  }

  /**
   * Ends a broker that has state. Always before the gate lets go of its clients: a broker that sees
   * them go publishes their wills.
   */
  private void stopBroker() {
    if (broker == Broker.SERVING || broker == Broker.RESTORING) {
      process.kill();
    }
  }

  private void ensureBroker() {
    if (stopping || broker != Broker.DOWN && broker != Broker.STARTING || process.isAlive()) {
      return;
    }
    var now = System.nanoTime();
    var quick = startedAt != 0 && now - startedAt < TimeUnit.SECONDS.toNanos(1);
    quickEnds = quick && broker == Broker.STARTING ? quickEnds + 1 : 0;
    if (quickEnds > 0 && now - startedAt < TimeUnit.MILLISECONDS.toNanos(200 * quickEnds)) {
      duty.schedule(
          guarded(this::ensureBroker),
          Math.min(5_000, 200 * quickEnds),
          TimeUnit.MILLISECONDS);
      startedAt = 0;
      return;
    }
    startedAt = now;
    try {
      configure();
      process.start();
      broker(Broker.STARTING);
    } catch (IOException e) {
      LOG.log(Level.ERROR, "cannot start the broker: {0}", e.toString());
      duty.schedule(guarded(this::ensureBroker), 1, TimeUnit.SECONDS);
    }
  }

  /** What the plugin needs stands first: other plugins read their files after the promotion. */
  private void configure() throws IOException {
    Files.writeString(
        settings.runtime().resolve("mosquitto.conf"),
        link.configuration(settings.plugin(), settings.name())
            + "\n"
            + Files.readString(settings.config()));
  }

  private void promote() {
    // Whoever is being stopped serves nobody any more: its clients would only be cut off again.
    if (epochToServe == 0 || broker != Broker.STANDBY || !leading || stopping) {
      return;
    }
    var epoch = epochToServe;
    promotedAt = System.nanoTime();
    try {
      state.security().ifPresent(security::write);
      accounts.prepare();
      security
          .changed()
          .ifPresent(
              file ->
                  replica().append(Frame.of(FrameType.SECURITY, "file", file).encode()));
      var number = replica().sight().number() + 1;
      broker(Broker.RESTORING);
      link.promote(epoch, number, state.restoration());
    } catch (IOException | UncheckedIOException e) {
      LOG.log(Level.ERROR, "cannot restore the broker: {0}", e.toString());
      process.kill();
    }
  }

  private void broker(Broker now) {
    broker = now;
    brokerSeen = now;
  }

  /** Where clients go, from what is known now. */
  private void route() {
    var serve = leading && mayServe && broker == Broker.SERVING && !moving;
    if (serve && !serves) {
      servesSince = System.nanoTime();
    }
    serves = serve;
    if (serve) {
      gate.route(new Route.Serve());
      return;
    }
    if (stopping && !leading) {
      // Whoever came in here now would be cut off again when this process ends.
      gate.route(new Route.Refuse("this member is being stopped"));
      return;
    }
    var leader = leading ? Optional.<Member>empty() : replica().sight().leader();
    gate.route(
        leader
            .flatMap(member -> others.addressOf(member.name()))
            .<Route>map(Route.Relay::new)
            .orElseGet(Route.Hold::new));
  }

  // What has to be done now and then.

  private void chores() {
    choresAt = System.nanoTime();
    if (watched.changed()) {
      LOG.log(Level.INFO, "{0} has changed: the broker reads it again", settings.watch());
      process.reload();
    }
    link.shared().refuseNewState(state.bytes() > settings.stateLimit());
    if (!leading) {
      state.security().ifPresent(security::write);
      accounts.rehearse();
      route(); // The leader's address may have become known.
      return;
    }
    if (serves) {
      publishWills();
    } else if (broker != Broker.SERVING
        && epochToServe != 0
        && establishedAt != 0
        && System.nanoTime() - establishedAt
            > TimeUnit.MILLISECONDS.toNanos(BROKER_PATIENCE)) {
      establishedAt = System.nanoTime();
      LOG.log(Level.WARNING, "the broker does not come up: another member should lead");
      replica().handOver(Optional.empty(), preference());
    }
  }

  /** Clients have their grace from when they can come back, which may be long after the election. */
  private void publishWills() {
    if (System.nanoTime() - servesSince < settings.willGrace().toNanos()) {
      return;
    }
    for (var will : state.due()) {
      if (!asked.add(will.clientid())) {
        continue; // It is on its way into the state that it was asked for.
      }
      var id = replica().sight().epoch() << 32 | ++token;
      replica()
          .append(
              Frame.of(FrameType.WILL_DUE, "token", id, "clientid", will.clientid()).encode());
      publishing.put(id, will.clientid());
      link.command(
          Frame.of(
              FrameType.PUBLISH,
              "token", id,
              "topic", will.topic(),
              "payload", will.payload(),
              "qos", will.qos(),
              "retain", will.retain(),
              "properties", will.properties()));
    }
  }

  /** Pings the broker that serves; one that does not answer is killed, and so replaced. */
  private void watchBroker() {
    var password = settings.accounts().resolve("admin");
    try (var ping =
        new BrokerPing(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.adminPort()),
            "$health-" + settings.name(),
            "admin",
            () -> {
              try {
                return Files.readString(password).strip();
              } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + password, e);
              }
            })) {
      var patience = settings.brokerHangAfter().toNanos();
      var answered = System.nanoTime();
      var refusedLogin = false;
      while (!stopping) {
        Thread.sleep(settings.brokerPing());
        if (brokerSeen != Broker.SERVING) {
          ping.disconnect();
          answered = System.nanoTime();
          continue;
        }
        try {
          ping.ping((int) settings.brokerHangAfter().toMillis());
          answered = System.nanoTime();
          refusedLogin = false;
        } catch (BrokerPing.RefusedException | UncheckedIOException e) {
          // It answered that it will not let us in, or we have no password to ask with: no fault of its own.
          answered = System.nanoTime();
          if (!refusedLogin) {
            LOG.log(Level.WARNING, e.getMessage());
          }
          refusedLogin = true;
        } catch (IOException e) {
          // Waiting for room is our doing, not the broker's.
          if (brokerSeen == Broker.SERVING
              && System.nanoTime() - answered >= patience
              && replica().hasRoom()
              && BrokerPing.doesNothing(this::brokerWork, settings.brokerHangAfter().dividedBy(2))) {
            LOG.log(Level.ERROR, "the broker does not answer ({0}): it is killed", e.getMessage());
            process.kill();
            answered = System.nanoTime();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Grows with whatever the broker does for clients. */
  private long brokerWork() {
    return emitted() + gate().bytesToClients();
  }

  // What people are told.

  private void recordElection() {
    var how = election;
    if (how == null || lastView == null) {
      return;
    }
    election = null;
    var kind =
        switch (how.cause()) {
          case FORMED -> "formed";
          case FAILOVER -> "failover";
          case HANDOVER -> "handover";
          case RENEWED -> "brokerRestarted";
          case STATE_LOST -> "stateLost";
        };
    var now = System.nanoTime();
    var occurrence =
        Occurrence.now(
                lastView.epoch(),
                kind,
                self.name(),
                how.former().map(former -> "after " + former.name()).orElse(""))
            .with(
                Map.of(
                    "detectMs", how.detect(),
                    "electMs", how.elect(),
                    "commitMs", TimeUnit.NANOSECONDS.toMillis(establishedAt - electedAt),
                    "warmMs", TimeUnit.NANOSECONDS.toMillis(promotedAt - establishedAt),
                    "restoreMs", TimeUnit.NANOSECONDS.toMillis(now - promotedAt)));
    epochToServe = 0;
    LOG.log(Level.INFO, "serves: {0}", occurrence.json());
    replica().append(Frame.of(FrameType.OCCURRENCE, "json", occurrence.json()).encode());
  }

  private void record(View view, String kind, Member member, String detail) {
    var json = Occurrence.now(view.epoch(), kind, member.name(), detail).json();
    LOG.log(Level.INFO, "{0}", json);
    replica().append(Frame.of(FrameType.OCCURRENCE, "json", json).encode());
  }

  private void tellOccurrence(String json) {
    occurrenceListeners.forEach(listener -> listener.accept(json));
  }

  // The gate.

  @Override
  public long emitted() {
    return link.shared().emitted();
  }

  @Override
  public long committed() {
    return settings.openGate() ? Long.MAX_VALUE : committedNumber;
  }

  private void onDuty(Runnable what) {
    if (!duty.isShutdown()) {
      duty.execute(guarded(what));
    }
  }

  /** An executor would swallow what a task throws, and never run a repeated one again. */
  private static Runnable guarded(Runnable what) {
    return () -> {
      try {
        what.run();
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "a fault of the agent itself", e);
      }
    };
  }
}
