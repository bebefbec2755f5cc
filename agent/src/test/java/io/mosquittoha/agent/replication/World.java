package io.mosquittoha.agent.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Members, a network, disks and a view store under one seed: every delay, loss, repetition, crash,
 * partition and drift of a clock comes from it, so a run can be had again.
 */
final class World {

  /** What a world is like. */
  record Nature(
      int members,
      boolean disk,
      boolean synchronous,
      CommitRule rule,
      double loss,
      double repetition,
      double storeFailure,
      boolean stores,
      boolean reckless) {

    static Nature harsh(int members, boolean disk) {
      return new Nature(
          members, disk, true, CommitRule.EVERY_MEMBER_IN_SYNC, 0.02, 0.02, 0.1, true, false);
    }

    /** Disks are lost whatever is on them. What was acknowledged may be lost then, but no more. */
    static Nature reckless(int members) {
      return new Nature(
          members, true, true, CommitRule.EVERY_MEMBER_IN_SYNC, 0.02, 0.02, 0.1, true, true);
    }

    Nature with(CommitRule other) {
      return new Nature(
          members, disk, synchronous, other, loss, repetition, storeFailure, stores, reckless);
    }
  }

  /** A promise that was broken. */
  static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Broken(String what) {
      super(what);
    }
  }

  private record Due(long at, long order, Runnable what) {}

  private final Nature nature;
  private final Random random;
  private final PriorityQueue<Due> agenda =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private final List<Node> nodes = new ArrayList<>();
  private final Set<String> cut = new HashSet<>(); // "from>to"
  private final Map<Long, Long> acknowledged = new TreeMap<>(); // index → command
  private final Deque<String> story = new ArrayDeque<>();
  private @Nullable View stored;
  private long storeVersion;
  private final Map<String, List<View>> requested = new HashMap<>(); // version → what may follow
  private boolean storeAway;
  private boolean calm;
  private boolean stateLost;
  private long order;
  private long now;
  private long end;
  private long lastCommand;
  private long acknowledgedEpoch;
  private final Map<Long, Long> epochAtSubmission = new HashMap<>(); // command → acknowledgedEpoch
  private int elections;

  World(long seed, Nature nature) {
    this.nature = nature;
    random = new Random(seed);
    for (var i = 0; i < nature.members; i++) {
      var node = new Node("m-" + i);
      nodes.add(node);
      at(random.nextInt(3_000), node::start);
    }
  }

  /** Runs trouble for so long, then lets everything heal, and judges. */
  void run(long troubleMillis) {
    at(500, this::trouble);
    at(300, this::client);
    step(troubleMillis);
    heal();
    end = troubleMillis + 12_000;
    step(end);
    judge();
  }

  int elections() {
    return elections;
  }

  int acknowledged() {
    return acknowledged.size();
  }

  String story() {
    return String.join("\n", story);
  }

  private void step(long until) {
    while (!agenda.isEmpty() && agenda.peek().at <= until) {
      var due = agenda.poll();
      now = Math.max(now, due.at);
      due.what.run();
    }
    now = until;
  }

  private void at(long time, Runnable what) {
    agenda.add(new Due(time, order++, what));
  }

  private void in(long millis, Runnable what) {
    at(now + millis, what);
  }

  private void tell(String what) {
    if (story.size() > 400) {
      story.removeFirst();
    }
    story.add(now + " " + what);
  }

  // Trouble.

  private void trouble() {
    if (calm) {
      return;
    }
    var node = nodes.get(random.nextInt(nodes.size()));
    switch (random.nextInt(11)) {
      case 0, 1 -> {
        if (nature.disk || mayLoseState(node)) {
          node.crash(false);
          in(random.nextInt(1_500), node::start);
        }
      }
      case 2 -> {
        if (nature.disk && mayLoseState(node)) {
          node.crash(true);
          in(random.nextInt(1_500), node::start);
        }
      }
      case 3, 4 -> {
        node.freeze();
        in(random.nextInt(3_000), node::thaw);
      }
      case 5, 6 -> isolate(node, random.nextBoolean(), random.nextBoolean());
      case 7 -> {
        storeAway = true;
        in(random.nextInt(3_000), () -> storeAway = false);
      }
      case 8 -> node.handOver();
      case 9 -> {
        node.renew();
      }
      default -> {
        for (var all : nodes) {
          if (nature.disk) {
            all.crash(false);
            in(random.nextInt(1_000), all::start);
          }
        }
      }
    }
    in(50 + random.nextInt(1_200), this::trouble);
  }

  /**
   * What a member knows may be lost while another one in sync knows it too; else nothing could help.
   * A view that was asked for may be the one that counts a moment later.
   */
  private boolean mayLoseState(Node node) {
    if (nature.reckless) {
      return true;
    }
    var views = new ArrayList<>(requested.getOrDefault("" + storeVersion, List.of()));
    if (stored != null) {
      views.add(stored);
    }
    return !views.isEmpty() && views.stream().allMatch(view -> outlives(view, node));
  }

  private boolean outlives(View view, Node node) {
    return view.inSync().stream()
        .filter(member -> !member.name().equals(node.name))
        .anyMatch(member -> nodes.stream().anyMatch(other -> other.isStill(member)));
  }

  private void isolate(Node node, boolean in, boolean out) {
    for (var other : nodes) {
      if (other != node) {
        if (in || !out) {
          cut.add(other.name + ">" + node.name);
        }
        if (out) {
          cut.add(node.name + ">" + other.name);
        }
      }
    }
    tell("cut " + cut);
    in(
        random.nextInt(3_000),
        () -> {
          cut.clear();
          tell("healed");
          reconnect();
        });
  }

  private void reconnect() {
    for (var a : nodes) {
      for (var b : nodes) {
        if (a != b) {
          a.connect(b);
        }
      }
    }
  }

  private void heal() {
    calm = true;
    storeAway = false;
    cut.clear();
    tell("calm");
    for (var node : nodes) {
      node.thaw();
      node.start();
    }
    reconnect();
  }

  private void client() {
    for (var node : nodes) {
      node.submit();
    }
    if (!calm) {
      in(5 + random.nextInt(60), this::client);
    } else if (now < end - 2_000) {
      in(200, this::client);
    }
  }

  // Judgement.

  private void onAcknowledged(Node node, long index, long command, long epoch) {
    // What everybody in sync had may still be acknowledged late, but nothing newer.
    if (epoch < epochAtSubmission.getOrDefault(command, 0L)) {
      throw new Broken(
          node.name
              + " acknowledged in epoch "
              + epoch
              + " what it was given after another leader had acknowledged in "
              + epochAtSubmission.get(command));
    }
    acknowledgedEpoch = Math.max(acknowledgedEpoch, epoch);
    var before = acknowledged.putIfAbsent(index, command);
    if (before != null && before != command) {
      throw new Broken("two leaders acknowledged different entries at " + index);
    }
  }

  private void judge() {
    for (var node : nodes) {
      tell(node.name + ": " + node.replica().sight());
    }
    var leaders = nodes.stream().filter(node -> node.serving).toList();
    if (leaders.size() != 1) {
      throw new Broken("after the calm there are " + leaders.size() + " serving leaders");
    }
    var leader = leaders.getFirst();
    leader.mustHaveEverything("at the end");
    for (var node : nodes) {
      if (!node.machine.commands.equals(leader.machine.commands)) {
        throw new Broken(
            node.name
                + " ends with "
                + node.machine.commands.size()
                + " entries, the leader with "
                + leader.machine.commands.size());
      }
    }
  }

  // The view store.

  private ViewStore storeOf(Node node) {
    return new ViewStore() {
      @Override
      public void read(Consumer<Answer> whenAnswered) {
        var answer = node.whileAlive(whenAnswered);
        in(
            delay(),
            () -> {
              var found =
                  fails()
                      ? new Answer.Unavailable("away")
                      : new Answer.Found(Optional.ofNullable(stored), "" + storeVersion);
              in(delay(), () -> answer.accept(found));
            });
      }

      @Override
      public void replace(String version, View next, Consumer<Answer> whenAnswered) {
        var answer = node.whileAlive(whenAnswered);
        requested.computeIfAbsent(version, any -> new ArrayList<>()).add(next);
        // A request may be slow, and be done after its sender gave up waiting.
        in(
            nature.stores && random.nextInt(20) == 0 ? random.nextInt(2_000) : delay(),
            () -> {
              Answer said;
              if (storeAway) {
                said = new Answer.Unavailable("away");
              } else if (!version.equals("" + storeVersion)) {
                said = new Answer.Conflict();
              } else {
                if (stored != null && next.epoch() < stored.epoch()) {
                  throw new Broken("the epoch went back");
                }
                if (stored != null && Collections.disjoint(stored.inSync(), next.inSync())) {
                  node.mustBeTheBest();
                }
                stored = next;
                requested.remove(version);
                storeVersion++;
                tell("view " + next + " by " + node.name);
                said = new Answer.Stored("" + storeVersion);
              }
              var told = fails() ? new Answer.Unavailable("lost the answer") : said;
              in(delay(), () -> answer.accept(told));
            });
      }

      private boolean fails() {
        return storeAway || (!calm && random.nextDouble() < nature.storeFailure);
      }
    };
  }

  private long delay() {
    return 1 + (random.nextInt(20) == 0 ? random.nextInt(60) : random.nextInt(4));
  }

  // Members.

  /** Remembers commands in order. */
  static final class Commands implements StateMachine {
    List<Long> commands = new ArrayList<>();

    @Override
    public void apply(Entry entry) {
      commands.add(decode(entry.body()));
    }

    @Override
    public List<byte[]> records() {
      return commands.stream().map(World::encode).toList();
    }

    @Override
    public void replace(List<byte[]> records) {
      commands = new ArrayList<>(records.stream().map(World::decode).toList());
    }

    @Override
    public byte[] beginning(long epoch) {
      return encode(-epoch);
    }
  }

  /** What is on a disk: writes become safe a little later, in order. */
  private final class Disk {
    long epoch;
    @Nullable View view;
    Snapshot base = new Snapshot("", Position.START, 0, List.of());
    List<Entry> safe = new ArrayList<>();
    long committed;
  }

  private final class Node implements ReplicaListener {
    final String name;
    final double drift = 0.9 + random.nextDouble() * 0.2;
    int lives;
    int boots;
    String incarnation = "";
    boolean alive;
    boolean frozen;
    boolean serving;
    final Deque<Runnable> waiting = new ArrayDeque<>();
    Disk disk = new Disk();
    Commands machine = new Commands();
    @Nullable Replica replica;
    final Set<String> connected = new HashSet<>();
    final Map<Long, Long> submitted = new HashMap<>();

    Node(String name) {
      this.name = name;
    }

    Member member() {
      return new Member(name, incarnation);
    }

    boolean isStill(Member member) {
      return member().equals(member) && (nature.disk || alive);
    }

    void start() {
      if (alive) {
        return;
      }
      if (!nature.disk || incarnation.isEmpty()) {
        disk = new Disk();
        incarnation = "life%03d".formatted(++lives);
      }
      alive = true;
      frozen = false;
      boots++;
      tell(name + " starts as " + incarnation);
      machine = new Commands();
      var boot = boots;
      replica =
          new Replica(
              new ReplicaSettings(
                  nature.synchronous,
                  Math.min(2, nature.members),
                  nature.members,
                  100,
                  500,
                  800,
                  20,
                  2_000,
                  2_000,
                  1 << 20),
              member(),
              new SimulatedStorage(this, disk, boot),
              storeOf(this),
              (to, message) -> transmit(this, to, message),
              machine,
              this,
              () -> (long) (now * drift),
              nature.rule);
      tick(boot);
      for (var other : nodes) {
        if (other != this) {
          connect(other);
          other.connect(this);
        }
      }
    }

    private void tick(int boot) {
      if (alive && boot == boots) {
        if (!frozen) {
          replica().tick();
        }
        in(20, () -> tick(boot));
      }
    }

    Replica replica() {
      return java.util.Objects.requireNonNull(replica);
    }

    void crash(boolean losesDisk) {
      tell(name + (losesDisk ? " crashes and loses its disk" : " crashes"));
      alive = false;
      serving = false;
      waiting.clear();
      submitted.clear();
      if (losesDisk) {
        incarnation = "";
      }
      for (var other : nodes) {
        if (other != this) {
          other.lose(this);
        }
      }
      connected.clear();
    }

    void lose(Node other) {
      if (connected.remove(other.name)) {
        var gone = other.member();
        in(delay(), whileAlive(() -> replica().disconnected(gone)));
      }
    }

    void connect(Node other) {
      if (alive && other.alive && reaches(this, other)) {
        var there = other.member();
        connected.add(other.name);
        in(delay(), whileAlive(() -> replica().connected(there)));
      }
    }

    void freeze() {
      if (alive) {
        tell(name + " freezes");
        frozen = true;
      }
    }

    void thaw() {
      if (frozen) {
        tell(name + " wakes");
        frozen = false;
        while (!waiting.isEmpty() && !frozen) {
          waiting.removeFirst().run();
        }
      }
    }

    /** What is done for a process that may have died, or be frozen, by then. */
    Runnable whileAlive(Runnable what) {
      var boot = boots;
      return () -> {
        if (alive && boot == boots) {
          if (frozen) {
            waiting.add(what);
          } else {
            what.run();
          }
        }
      };
    }

    <T> Consumer<T> whileAlive(Consumer<T> what) {
      var boot = boots;
      return value -> {
        if (boot == boots) {
          whileAlive(() -> what.accept(value)).run();
        }
      };
    }

    void handOver() {
      if (alive && !frozen) {
        replica().handOver(Optional.empty(), (a, b) -> a.name().compareTo(b.name()));
      }
    }

    void renew() {
      if (alive && !frozen) {
        replica().renew();
      }
    }

    void submit() {
      if (alive && !frozen && serving) {
        var command = ++lastCommand;
        epochAtSubmission.put(command, acknowledgedEpoch);
        var index = replica().append(encode(command), command);
        if (index > 0) {
          submitted.put(index, command);
          answer();
        }
      }
    }

    private void mustHaveEverything(String when) {
      for (var entry : acknowledged.entrySet()) {
        if (lacks(entry)) {
          throw new Broken(
              name + " lacks the acknowledged entry " + entry.getKey() + " " + when);
        }
      }
    }

    private boolean lacks(Map.Entry<Long, Long> entry) {
      var at = entry.getKey() - 1;
      return at >= machine.commands.size()
          || !machine.commands.get((int) at).equals(entry.getValue());
    }

    private void answer() {
      var sight = replica().sight();
      submitted
          .entrySet()
          .removeIf(
              entry -> {
                if (entry.getKey() > sight.committed()) {
                  return false;
                }
                onAcknowledged(this, entry.getKey(), entry.getValue(), sight.epoch());
                return true;
              });
    }

    /** There must be nothing better among what is left. */
    private void mustBeTheBest() {
      var best =
          nodes.stream()
              .filter(node -> !node.incarnation.isEmpty())
              .max(Comparator.comparing(Node::kept))
              .orElseThrow();
      if (best.kept().compareTo(kept()) > 0) {
        throw new Broken(
            "%s goes on with %s, and %s had %s".formatted(name, kept(), best.name, best.kept()));
      }
      stateLost = true;
    }

    private Position kept() {
      return disk.safe.isEmpty() ? disk.base.at() : disk.safe.getLast().position();
    }

    @Override
    public void elected(View view, Election election) {
      elections++;
      submitted.clear();
      tell(name + " leads epoch " + view.epoch() + " " + election.cause());
    }

    @Override
    public void established(long epoch) {
      if (stored != null && stored.leader().equals(member()) && stored.epoch() == epoch) {
        if (stateLost) { // What is left is the measure from now on.
          stateLost = false;
          acknowledged.entrySet().removeIf(this::lacks);
        }
        mustHaveEverything("when it begins to serve");
      }
    }

    @Override
    public void following(Optional<Member> leader) {
      submitted.clear();
      tell(name + " follows " + leader);
    }

    @Override
    public void serving(boolean allowed) {
      serving = allowed;
      if (!allowed) {
        submitted.clear();
      }
    }

    @Override
    public void committed(long index, long number) {
      if (serving && replica != null) {
        answer();
      }
    }

    @Override
    public void room() {}

    @Override
    public void viewed(View view) {}

    @Override
    public void handOverFailed(String why) {
      in(1, whileAlive(() -> replica().renew()));
    }

    @Override
    public void mustBeginAfresh(String why) {
      tell(name + " must begin afresh: " + why);
      in(
          1,
          whileAlive(
              () -> {
                crash(true);
                in(50, this::start);
              }));
    }
  }

  private boolean reaches(Node from, Node to) {
    return !cut.contains(from.name + ">" + to.name);
  }

  private void transmit(Node from, Member to, Message message) {
    var target =
        nodes.stream().filter(node -> node.name.equals(to.name())).findFirst().orElseThrow();
    var sender = from.member();
    if (!calm && random.nextDouble() < nature.loss) {
      return;
    }
    var copies = !calm && random.nextDouble() < nature.repetition ? 2 : 1;
    for (var i = 0; i < copies; i++) {
      in(
          delay(),
          () -> {
            if (reaches(from, target) && target.isStill(to) && target.alive) {
              target.whileAlive(() -> target.replica().receive(sender, message)).run();
            }
          });
    }
  }

  private final class SimulatedStorage implements Storage {
    private final Node node;
    private final Disk disk;
    private final int boot;
    private final List<Entry> written = new ArrayList<>();
    private int unsynced;

    SimulatedStorage(Node node, Disk disk, int boot) {
      this.node = node;
      this.disk = disk;
      this.boot = boot;
    }

    @Override
    public Found load(StateMachine into) {
      into.replace(disk.base.records());
      written.addAll(disk.safe);
      return new Found(
          disk.epoch,
          Optional.ofNullable(disk.view),
          disk.base.at(),
          disk.base.number(),
          List.copyOf(disk.safe),
          Math.max(
              disk.base.at().index(),
              Math.min(disk.committed, disk.base.at().index() + disk.safe.size())));
    }

    @Override
    public void epoch(long epoch) {
      disk.epoch = epoch;
    }

    @Override
    public void view(View view) {
      disk.view = view;
    }

    @Override
    public boolean append(List<Entry> entries) {
      written.addAll(entries);
      if (!nature.disk) {
        return true;
      }
      var last = entries.getLast().position();
      unsynced++;
      in(
          1 + random.nextInt(12),
          () -> {
            unsynced--;
            if (node.boots == boot && node.alive) {
              sync();
              node.whileAlive(() -> node.replica().durable(last)).run();
            }
          });
      return false;
    }

    private void sync() {
      disk.safe = new ArrayList<>(written);
    }

    @Override
    public boolean wantsSnapshot() {
      return written.size() > 200 && unsynced == 0;
    }

    @Override
    public void compact(Snapshot snapshot) {
      disk.base = snapshot;
      written.removeIf(entry -> entry.index() <= snapshot.at().index());
      sync();
    }

    @Override
    public void truncate(long lastIndex) {
      written.removeIf(entry -> entry.index() > lastIndex);
    }

    @Override
    public void committed(long index) {
      disk.committed = index;
    }

    @Override
    public void replaced(Snapshot snapshot) {
      disk.base = snapshot;
      disk.committed = snapshot.at().index();
      written.clear();
      sync();
    }
  }

  private static byte[] encode(long command) {
    return java.nio.ByteBuffer.allocate(8).putLong(command).array();
  }

  private static long decode(byte[] body) {
    return java.nio.ByteBuffer.wrap(body).getLong();
  }
}
