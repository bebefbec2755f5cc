package io.mosquittoha.agent.replication;

import io.mosquittoha.agent.replication.ReplicaListener.Election;
import io.mosquittoha.agent.replication.ReplicaListener.Election.Cause;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One member of the cluster: follows the leader, or leads.
 *
 * <p>What makes it safe: an entry is committed when every member in sync has it, and only a member in
 * sync may take the next epoch, by compare-and-swap. So whoever leads next has everything that was
 * committed. While a change of the view is under way, both the old and the new members count. Time
 * decides only when to try, never what is true.
 *
 * <p>All methods may be called from any thread. The listener and the state machine are called under
 * the replica's lock.
 */
public final class Replica {

  /** Followers take over in the order of their ordinals; each waits so long for the one before. */
  private static final long RANK = 40;

  private static final long RETRY = 100;
  private static final long JOIN_BYTES = 1 << 20;

  /** A follower that does not get ahead for so long is no longer waited for. */
  private static final long STUCK = 2_000;

  private final ReplicaSettings settings;
  private final Member self;
  private final Storage storage;
  private final ViewStore views;
  private final Transport transport;
  private final StateMachine machine;
  private final ReplicaListener listener;
  private final LongSupplier clock;
  private final CommitRule rule;
  private final Log log;
  private final Map<String, Progress> peers = new LinkedHashMap<>();

  // Known of the cluster.
  private long epoch;
  private @Nullable View view;
  private @Nullable String version; // of the view; null: to be read again
  private long committed;
  private long applied;
  private long durable;
  private boolean asking; // the view store
  private long askAt; // not before
  private long startedAt;

  /** Since when nobody is left who has everything; -1 if that is not so. */
  private long lostSince = -1;

  // Following.
  private @Nullable Member leader;
  private long leaderHeardAt;
  private long leaderSentAt; // by its clock
  private long leaderLostAt = -1;
  private long leaderIdleSince = -1; // it says that it does not serve
  private long matched;
  private final List<byte[]> arriving = new ArrayList<>();
  private @Nullable Position arrivingAt;
  private int arrivingPart;
  private boolean invited; // to take over
  private boolean useless; // this member's state
  private boolean leaving;

  // Leading.
  private boolean leading;
  private boolean resigned; // everything was handed to another member
  private long beginning; // index of the epoch's first entry
  private boolean established;
  private boolean serving;
  private boolean full;
  private final Set<Member> unsettled = new HashSet<>(); // may be in sync by now, or still
  /** The view has to be written again, so that no older request can change it any more. */
  private boolean settle;
  private boolean renewing; // the epoch, although nobody else wants it
  private @Nullable Member successor;
  private long successorSince;
  private long beatAt;

  /** A replica that knows what {@code storage} kept. It does nothing before the first {@link #tick}. */
  public Replica(
      ReplicaSettings settings,
      Member self,
      Storage storage,
      ViewStore views,
      Transport transport,
      StateMachine machine,
      ReplicaListener listener,
      LongSupplier clock) {
    this(
        settings,
        self,
        storage,
        views,
        transport,
        machine,
        listener,
        clock,
        CommitRule.EVERY_MEMBER_IN_SYNC);
  }

  Replica(
      ReplicaSettings settings,
      Member self,
      Storage storage,
      ViewStore views,
      Transport transport,
      StateMachine machine,
      ReplicaListener listener,
      LongSupplier clock,
      CommitRule rule) {
    this.settings = settings;
    this.self = self;
    this.storage = storage;
    this.views = views;
    this.transport = transport;
    this.machine = machine;
    this.listener = listener;
    this.clock = clock;
    this.rule = rule;
    var found = storage.load(machine);
    epoch = found.epoch();
    view = found.view().orElse(null);
    log = new Log(found.base(), found.number(), found.entries());
    committed = applied = found.base().index();
    durable = log.last().index();
    startedAt = clock.getAsLong();
    leaderHeardAt = startedAt;
    advance(Math.min(found.committed(), log.last().index()));
  }

  // What others are told.

  /** How far a member is, for people and metrics. */
  public record Peer(
      Member member, boolean connected, boolean inSync, long acknowledged, long lagBytes) {}

  /**
   * A moment of a replica.
   *
   * @param leader whom it follows; itself if it leads
   * @param peers the members that it ever heard of
   */
  public record Sight(
      Member self,
      long epoch,
      boolean leading,
      boolean serving,
      Optional<View> view,
      Optional<Member> leader,
      Position last,
      long committed,
      long number,
      long logBytes,
      long uncommittedBytes,
      List<Peer> peers) {

    /** Whether this member is one of those in sync. */
    public boolean inSync() {
      return view.map(View::inSync).orElse(List.of()).contains(self);
    }
  }

  /** How things stand. */
  public synchronized Sight sight() {
    var inSync = view == null ? List.<Member>of() : view.inSync();
    return new Sight(
        self,
        epoch,
        leading,
        serving,
        Optional.ofNullable(view),
        leading ? Optional.of(self) : Optional.ofNullable(leader),
        log.last(),
        committed,
        log.lastNumber(),
        log.bytes(),
        log.bytesBetween(committed, log.last().index()),
        peers.values().stream()
            .map(
                peer ->
                    new Peer(
                        peer.member,
                        peer.connected,
                        inSync.contains(peer.member),
                        peer.acknowledged,
                        leading
                            ? log.bytesBetween(peer.acknowledged, log.last().index())
                            : 0))
            .toList());
  }

  // What this member's own agent does.

  /**
   * Appends what the broker did. For the leader alone.
   *
   * @param number of the last event in it
   * @return the entry's index, or 0 if this member does not lead
   */
  public synchronized long append(byte[] body, long number) {
    if (!leading || resigned) {
      return 0;
    }
    var entry = new Entry(log.last().index() + 1, epoch, number, body);
    log.add(entry);
    store(List.of(entry));
    send();
    commit();
    return entry.index();
  }

  /** Appends a change of the agent's own, without events of the broker. */
  public synchronized long append(byte[] body) {
    return append(body, log.lastNumber());
  }

  /** Whether there is room for more; if not, {@link ReplicaListener#room} tells when there is. */
  public synchronized boolean hasRoom() {
    full = log.bytesBetween(committed, log.last().index()) > settings.lagLimit();
    return !full;
  }

  /** Entries up to a position are safe in this member's storage. */
  public synchronized void durable(Position position) {
    if (position.index() > durable && log.matches(position)) {
      durable = position.index();
      if (leading) {
        commit();
      } else if (leader != null) {
        acknowledge(leader);
      }
    }
  }

  /**
   * Makes another member lead once it has everything. The broker has stopped before.
   *
   * @param name of that member, or empty for the best one
   * @return whether there is such a member; if not, nothing was done
   */
  public synchronized boolean handOver(Optional<String> name, Comparator<Member> preference) {
    if (!leading || view == null) {
      return false;
    }
    var candidate =
        view.inSync().stream()
            .filter(member -> !member.equals(self))
            .filter(member -> name.map(member.name()::equals).orElse(true))
            .filter(this::isPresent)
            .min(preference);
    candidate.ifPresent(
        member -> {
          successor = member;
          successorSince = clock.getAsLong();
          offer();
        });
    return candidate.isPresent();
  }

  /** The leader begins another epoch: its broker has to be restored anew. */
  public synchronized void renew() {
    if (leading) {
      resigned = false;
      successor = null;
      renewing = true;
      stopServing();
      ask();
    }
  }

  /** Asks the leader not to wait for this member any more. */
  public synchronized void leave() {
    leaving = true;
    if (leader != null) {
      transport.send(leader, new Message.Leaving(epoch));
    }
  }

  /** To be called often, at least twice in a heartbeat. */
  public synchronized void tick() {
    var now = clock.getAsLong();
    if (useless) {
      return;
    }
    if (leading) {
      lead(now);
    } else {
      follow(now);
    }
    if (storage.wantsSnapshot() && view != null) {
      storage.compact(snapshot());
    }
  }

  // What comes from the other members.

  /** Another member can be sent messages now. */
  public synchronized void connected(Member member) {
    var peer = peer(member);
    peer.connected = true;
    peer.leaving = false;
    peer.disconnectedAt = -1;
    peer.heardAt = clock.getAsLong();
    if (leading) {
      peer.begin(log.last().index());
      tell(peer);
      sendTo(peer, peer.heardAt, true);
    }
    if (leaving && member.equals(leader)) {
      leave();
    }
  }

  /** The connection that another member had with this one has ended. */
  public synchronized void disconnected(Member member) {
    var peer = peers.get(member.name());
    if (peer == null || !peer.member.equals(member)) {
      return;
    }
    peer.connected = false;
    peer.disconnectedAt = clock.getAsLong();
    if (view != null && view.inSync().contains(member)) {
      views.prepare();
    }
    if (member.equals(leader) && leaderLostAt < 0) {
      leaderLostAt = peer.disconnectedAt;
    }
  }

  /** A member says something. */
  public synchronized void receive(Member from, Message message) {
    var known = peers.get(from.name());
    if (useless || (known != null && known.member.isLaterLifeOf(from))) {
      return;
    }
    var peer = peer(from);
    if (!peer.connected) {
      connected(from); // Who is heard is there.
    }
    peer.heardAt = clock.getAsLong();
    switch (message) {
      case Message.Status status -> onStatus(peer, status);
      case Message.Append append -> onAppend(from, append);
      case Message.Acknowledged acknowledged -> onAcknowledged(peer, acknowledged);
      case Message.Refused refused -> onRefused(peer, refused);
      case Message.Viewed viewed -> onViewed(from, viewed);
      case Message.SnapshotPart part -> onSnapshotPart(from, part);
      case Message.SnapshotReceived received -> onSnapshotReceived(peer, received);
      case Message.TakeOver takeOver -> onTakeOver(from, takeOver);
      case Message.Leaving leavingMessage -> onLeaving(peer, leavingMessage);
    }
  }

  private Progress peer(Member member) {
    var known = peers.get(member.name());
    if (known == null || !known.member.equals(member)) {
      known = new Progress(member, clock.getAsLong());
      if (leading) {
        known.begin(log.last().index());
      }
      peers.put(member.name(), known);
    }
    return known;
  }

  private @Nullable Progress known(Member member) {
    var peer = peers.get(member.name());
    return peer != null && peer.member.equals(member) ? peer : null;
  }

  private boolean isPresent(Member member) {
    var peer = known(member);
    return peer != null
        && peer.connected
        && clock.getAsLong() - peer.heardAt <= settings.lease();
  }

  // Following.

  private void follow(long now) {
    if (suspects(now)) {
      seek(now);
    }
    if (leader == null || suspects(now)) {
      var status =
          new Message.Status(Optional.ofNullable(view), epoch, log.last(), hasState());
      if (now - beatAt >= settings.heartbeat()) {
        beatAt = now;
        peers.values().stream()
            .filter(peer -> peer.connected)
            .forEach(peer -> transport.send(peer.member, status));
      }
    }
  }

  private boolean hasState() {
    return log.last().index() > 0;
  }

  private boolean suspects(long now) {
    if (leader == null) {
      // A member that has just begun gives the leader time to find it.
      return view == null
          || invited
          || view.inSync().equals(List.of(self))
          || now - leaderHeardAt > settings.takeover();
    }
    return invited
        || now - leaderHeardAt > settings.takeover()
        || (leaderLostAt >= 0 && now - leaderLostAt >= settings.grace())
        || (leaderIdleSince >= 0 && now - leaderIdleSince > settings.takeover());
  }

  private void seek(long now) {
    if (asking || now < askAt || leaving) {
      return;
    }
    var current = view;
    if (current == null || version == null) {
      read();
      return;
    }
    var lost = isLost(current);
    if (!lost) {
      lostSince = -1;
    } else if (lostSince < 0) {
      lostSince = now;
    }
    if (current.inSync().contains(self)) {
      var candidates =
          current.inSync().stream()
              .filter(member -> !member.equals(current.leader()) || member.equals(self))
              .sorted(Comparator.comparingInt(Member::ordinal))
              .toList();
      var rank = invited ? 0 : candidates.indexOf(self);
      if (now >= suspectedAt() + rank * RANK) {
        takeOver(current, now);
      }
    } else if (lost) {
      reform(current, now);
    } else {
      // Somebody else may have changed it; this member can only wait.
      askAt = now + RETRY * 3;
      version = null;
    }
  }

  private long suspectedAt() {
    return leaderLostAt >= 0 ? leaderLostAt + settings.grace() : leaderHeardAt;
  }

  private void takeOver(View current, long now) {
    var others = new ArrayList<>(current.inSync());
    if (others.size() - 1 >= settings.required() && !current.leader().equals(self)) {
      others.remove(current.leader());
    }
    var cause =
        invited ? Cause.HANDOVER : current.leader().equals(self) ? Cause.RENEWED : Cause.FAILOVER;
    propose(
        current.next(self, others),
        new Election(
            cause,
            invited ? 0 : now - leaderHeardAt,
            0,
            Optional.of(current.leader()).filter(former -> !former.equals(self))),
        now);
  }

  /** Whether none of those who have everything will ever come back: each name has a new life. */
  private boolean isLost(View current) {
    return current.inSync().stream()
        .allMatch(
            member ->
                self.isLaterLifeOf(member)
                    || Optional.ofNullable(peers.get(member.name()))
                        .map(peer -> peer.member.isLaterLifeOf(member))
                        .orElse(false));
  }

  /**
   * What was kept of a lost cluster goes on with the best of those who are left. One that was not in
   * sync may have nearly everything, so all are waited for, but not for ever.
   */
  private void reform(View lost, long now) {
    var alone = lost.inSync().stream().allMatch(self::isLaterLifeOf) && settings.expected() == 1;
    var heard =
        1
            + peers.values().stream()
                .filter(peer -> peer.status != null && isHeardLately(peer))
                .count();
    var patient = now - lostSince < settings.formation() * (heard < settings.expected() ? 5 : 1);
    if (!alone && (patient || !isBest(false))) {
      askAt = now + RETRY;
      version = null;
      return;
    }
    var cluster = hasState() ? lost.cluster() : UUID.randomUUID().toString();
    propose(
        new View(cluster, lost.epoch() + 1, lost.revision() + 1, self, List.of(self)),
        new Election(Cause.STATE_LOST, 0, 0, Optional.of(lost.leader())),
        now);
  }

  /** Whether nobody who was heard lately has a better log, or the same and a lower ordinal. */
  private boolean isBest(boolean onlyIfJoined) {
    return peers.values().stream()
        .filter(this::isHeardLately)
        .noneMatch(
            peer -> {
              var status = peer.status;
              if (status == null) {
                return !onlyIfJoined && peer.member.ordinal() < self.ordinal() && !hasState();
              }
              var order = status.last().compareTo(log.last());
              return order > 0 || (order == 0 && peer.member.ordinal() < self.ordinal());
            });
  }

  private boolean isHeardLately(Progress peer) {
    return clock.getAsLong() - peer.heardAt < settings.takeover() * 2;
  }

  /** There is no view: this is the first start, or the store has forgotten. */
  private void form(String emptyVersion, long now) {
    var waited = now - startedAt;
    if (!hasState()) {
      var somebodyKnows =
          peers.values().stream().anyMatch(peer -> peer.status != null && peer.status.joined());
      var heard = 1 + peers.values().stream().filter(peer -> peer.status != null).count();
      var patient = heard < settings.expected() && waited < settings.formation();
      if (somebodyKnows || patient || (!isBest(false) && waited < settings.formation() * 5)) {
        askAt = now + RETRY;
        return;
      }
      propose(
          emptyVersion,
          new View(UUID.randomUUID().toString(), epoch + 1, 1, self, List.of(self)),
          new Election(Cause.FORMED, 0, 0, Optional.empty()),
          now);
      return;
    }
    // Members that have state wait for all that the latest view among them names.
    var latest = view;
    for (var peer : peers.values()) {
      var theirs = peer.status == null ? null : peer.status.view().orElse(null);
      if (theirs != null && (latest == null || theirs.isNewerThan(latest))) {
        latest = theirs;
      }
    }
    if (latest == null) {
      latest = new View(UUID.randomUUID().toString(), epoch, 0, self, List.of(self));
    }
    var members = latest.inSync();
    var complete =
        members.stream().allMatch(member -> member.equals(self) || hasStatusOf(member));
    if (!members.contains(self) || !complete || !isBest(true)) {
      askAt = now + RETRY;
      return;
    }
    propose(
        emptyVersion,
        latest.next(self, members),
        new Election(Cause.FORMED, 0, 0, Optional.empty()),
        now);
  }

  private boolean hasStatusOf(Member member) {
    var peer = known(member);
    return peer != null && peer.status != null;
  }

  private void onStatus(Progress peer, Message.Status status) {
    peer.status = status;
    if (status.epoch() > epoch && leading) {
      // It accepted a later epoch than ours.
      version = null;
      ask();
    }
    if (leading) {
      sendTo(peer, clock.getAsLong(), true);
    }
  }

  private void onAppend(Member from, Message.Append append) {
    if (!accept(from, append.epoch(), append.cluster())) {
      return;
    }
    var now = clock.getAsLong();
    leaderSentAt = append.sentAt();
    leaderIdleSince = append.serving() ? -1 : leaderIdleSince >= 0 ? leaderIdleSince : now;
    if (!log.matches(append.previous())) {
      if (append.previous().index() <= committed) {
        beginAfresh("this member's committed entries are not the leader's");
        return;
      }
      // Either something is missing, or what is not committed here differs from the leader's.
      var missing = append.previous().index() > log.last().index();
      transport.send(
          from, new Message.Refused(epoch, (missing ? log.last().index() : committed) + 1));
      return;
    }
    var added = new ArrayList<Entry>();
    for (var entry : append.entries()) {
      if (log.matches(entry.position()) && entry.index() <= log.last().index()) {
        continue;
      }
      if (entry.index() <= committed) {
        beginAfresh("this member's committed entries are not the leader's");
        return;
      }
      if (log.has(entry.index())) {
        log.truncate(entry.index() - 1);
        storage.truncate(entry.index() - 1);
        durable = Math.min(durable, entry.index() - 1);
      }
      log.add(entry);
      added.add(entry);
    }
    if (!added.isEmpty()) {
      store(added);
    }
    matched = Math.max(matched, append.previous().index() + append.entries().size());
    advance(Math.min(append.committed(), matched));
    acknowledge(from);
  }

  private void store(List<Entry> entries) {
    if (storage.append(entries)) {
      durable = entries.getLast().index();
    }
  }

  /** Whether a message of a leader counts; if so, this member follows it. */
  private boolean accept(Member from, long theirEpoch, String cluster) {
    if (theirEpoch < epoch) {
      transport.send(from, new Message.Refused(epoch, 0));
      return false;
    }
    if (leading && theirEpoch == epoch) {
      return false; // There is one leader in an epoch.
    }
    if (view != null && !view.cluster().equals(cluster) && hasState()) {
      beginAfresh("its state is that of another cluster, " + view.cluster());
      return false;
    }
    if (theirEpoch > epoch || !from.equals(leader)) {
      enter(theirEpoch);
      stepDown();
      leader = from;
      matched = 0;
      arrivingAt = null;
      arriving.clear();
      if (leaving) {
        leave();
      }
      listener.following(Optional.of(from));
    }
    leaderHeardAt = clock.getAsLong();
    leaderLostAt = -1;
    invited = false;
    return true;
  }

  private void enter(long newEpoch) {
    if (newEpoch > epoch) {
      epoch = newEpoch;
      storage.epoch(newEpoch);
    }
  }

  private void acknowledge(Member to) {
    transport.send(
        to, new Message.Acknowledged(epoch, Math.min(matched, durable), leaderSentAt));
  }

  private void onViewed(Member from, Message.Viewed viewed) {
    if (viewed.epoch() >= epoch && from.equals(viewed.view().leader())) {
      if (accept(from, viewed.epoch(), viewed.view().cluster())) {
        adopt(viewed.view(), viewed.version());
      }
    }
  }

  private void adopt(View newView, String newVersion) {
    var changed = view == null || !newView.equals(view);
    version = newVersion;
    if (changed) {
      view = newView;
      storage.view(newView);
      listener.viewed(newView);
    }
  }

  private void onSnapshotPart(Member from, Message.SnapshotPart part) {
    if (!accept(from, part.epoch(), part.cluster()) || part.at().index() <= committed) {
      return;
    }
    if (part.part() == 0) {
      arriving.clear();
      arrivingAt = part.at();
      arrivingPart = 0;
    }
    if (!part.at().equals(arrivingAt) || part.part() != arrivingPart) {
      return; // Repeated or lost; the leader begins again when nothing gets ahead.
    }
    arriving.addAll(part.records());
    arrivingPart++;
    transport.send(from, new Message.SnapshotReceived(epoch, part.at(), part.part()));
    if (part.last()) {
      var snapshot =
          new Snapshot(part.cluster(), part.at(), part.number(), List.copyOf(arriving));
      arriving.clear();
      arrivingAt = null;
      machine.replace(snapshot.records());
      storage.replaced(snapshot);
      log.reset(part.at(), part.number());
      committed = applied = durable = matched = part.at().index();
      listener.committed(committed, part.number());
      acknowledge(from);
    }
  }

  private void onTakeOver(Member from, Message.TakeOver takeOver) {
    if (takeOver.epoch() == epoch && from.equals(leader) && !leaving) {
      invited = true;
      askAt = 0;
      follow(clock.getAsLong());
    }
  }

  private void beginAfresh(String why) {
    useless = true;
    stepDown();
    listener.mustBeginAfresh(why);
  }

  // The view.

  private void read() {
    asking = true;
    views.read(
        answer -> {
          synchronized (this) {
            asking = false;
            onRead(answer);
          }
        });
  }

  private void onRead(ViewStore.Answer answer) {
    var now = clock.getAsLong();
    if (!(answer instanceof ViewStore.Answer.Found(var found, var foundVersion))) {
      askAt = now + RETRY;
      return;
    }
    if (found.isEmpty()) {
      if (!leading) {
        form(foundVersion, now);
      } else {
        // Somebody removed the object under a living cluster: it is put back as it was.
        adopt(Objects.requireNonNull(view), foundVersion);
        settle = true;
      }
      return;
    }
    var newest = found.get();
    if (view != null && hasState() && !newest.cluster().equals(view.cluster())) {
      beginAfresh("its state is that of another cluster, " + view.cluster());
      return;
    }
    if (leading && newest.epoch() == epoch && newest.leader().equals(self)) {
      adopt(newest, foundVersion);
      lead(now);
      return;
    }
    if (leading) {
      stepDown();
      listener.following(Optional.empty());
    }
    if (view == null || !newest.leader().equals(view.leader()) || newest.epoch() != view.epoch()) {
      // A new leader gets time to be heard.
      if (!newest.leader().equals(self) && !newest.leader().equals(leader)) {
        leaderHeardAt = now;
        leaderLostAt = -1;
        invited = false;
        leader = null;
      }
    }
    adopt(newest, foundVersion);
    follow(now);
  }

  private void propose(View next, Election election, long now) {
    propose(Objects.requireNonNull(version), next, election, now);
  }

  private void propose(String expected, View next, Election election, long now) {
    asking = true;
    version = null;
    views.replace(
        expected,
        next,
        answer -> {
          synchronized (this) {
            asking = false;
            onProposed(next, election, now, answer);
          }
        });
  }

  private void onProposed(View next, Election election, long since, ViewStore.Answer answer) {
    var now = clock.getAsLong();
    switch (answer) {
      case ViewStore.Answer.Stored(var stored) -> {
        if (next.epoch() > epoch && !useless) {
          adopt(next, stored);
          begin(
              next,
              new Election(election.cause(), election.detect(), now - since, election.former()));
        }
      }
      case ViewStore.Answer.Conflict() -> askAt = 0;
      default -> askAt = now + RETRY;
    }
    if (!leading) {
      invited &= answer instanceof ViewStore.Answer.Conflict;
    }
  }

  // Leading.

  private void begin(View next, Election election) {
    enter(next.epoch());
    leading = true;
    leader = null;
    leaderLostAt = -1;
    leaderIdleSince = -1;
    invited = false;
    resigned = false;
    renewing = false;
    successor = null;
    established = false;
    serving = false;
    unsettled.clear();
    settle = false;
    var now = clock.getAsLong();
    for (var peer : peers.values()) {
      peer.begin(log.last().index());
      peer.leaving = false;
    }
    listener.elected(next, election);
    beginning = log.last().index() + 1;
    append(machine.beginning(next.epoch()), log.lastNumber());
    for (var peer : peers.values()) {
      tell(peer);
      sendTo(peer, now, true);
    }
    commit();
  }

  private void lead(long now) {
    if (now - beatAt >= settings.heartbeat()) {
      beatAt = now;
      for (var peer : peers.values()) {
        if (now - peer.viewedAt > 1_000) {
          tell(peer);
        }
        if (peer.snapshot != null && now - peer.snapshotMovedAt > 5_000) {
          peer.snapshot = null; // Lost on the way: its next refusal begins it anew.
        }
        sendTo(peer, now, true);
      }
    }
    var inContact = inContact(now);
    if (established && !resigned && !renewing && inContact != serving) {
      serving = inContact;
      listener.serving(serving);
    }
    if (successor != null && now - successorSince > 2_000) {
      successor = null;
      resigned = false;
      listener.handOverFailed("it did not take over within two seconds");
    }
    if (!asking && now >= askAt && !resigned) {
      ask();
    }
  }

  /**
   * Enough members answer, within the lease, what this leader said in this epoch. Counted from when it
   * said so, not from when the answer was read: a leader that was frozen finds old answers.
   */
  private boolean inContact(long now) {
    var current = Objects.requireNonNull(view);
    var present =
        1
            + current.inSync().stream()
                .filter(member -> !member.equals(self))
                .map(this::known)
                .filter(peer -> peer != null && now - peer.leaseAt <= settings.lease())
                .count();
    return present >= settings.required();
  }

  /** Changes the view where it has to be changed. */
  private void ask() {
    if (asking || !leading) {
      return;
    }
    var current = Objects.requireNonNull(view);
    var now = clock.getAsLong();
    var members = members(current, now);
    var unchanged = Set.copyOf(members).equals(Set.copyOf(current.inSync()));
    if (version == null) {
      read();
    } else if (renewing) {
      propose(
          current.next(self, members),
          new Election(Cause.RENEWED, 0, 0, Optional.empty()),
          now);
    } else if (!unchanged || settle) {
      change(current.with(members));
    }
  }

  /** Those who should be in sync: without who is silent, with who has caught up. */
  private List<Member> members(View current, long now) {
    var stay = new ArrayList<Member>();
    stay.add(self);
    var join = new ArrayList<Member>();
    for (var peer : peers.values()) {
      var inSync = current.inSync().contains(peer.member);
      if (inSync && !lags(peer, now)) {
        stay.add(peer.member);
      } else if (!inSync && isReady(peer, now)) {
        join.add(peer.member);
      }
    }
    var wanted = new ArrayList<>(stay);
    wanted.addAll(join);
    if (wanted.size() >= settings.required()) {
      return wanted;
    }
    // Too few would be left: those who have everything stay, whether they answer or not.
    var all = new ArrayList<>(current.inSync());
    all.addAll(join);
    return all;
  }

  private boolean lags(Progress peer, long now) {
    return peer.leaving
        || now - peer.heardAt > settings.lease()
        || (!peer.connected
            && peer.disconnectedAt >= 0
            && now - peer.disconnectedAt >= settings.grace())
        || (peer.behindSince >= 0 && now - peer.behindSince > STUCK);
  }

  private boolean isReady(Progress peer, long now) {
    return peer.connected
        && !peer.leaving
        && peer.snapshot == null
        && now - peer.heardAt <= settings.lease()
        // What came before this epoch may have been committed, whether this leader heard so or not.
        && peer.acknowledged >= Math.max(committed, beginning)
        && log.bytesBetween(peer.acknowledged, log.last().index()) <= JOIN_BYTES;
  }

  private void change(View next) {
    var current = Objects.requireNonNull(view);
    unsettled.addAll(current.inSync());
    unsettled.addAll(next.inSync());
    settle = true;
    asking = true;
    var expected = Objects.requireNonNull(version);
    version = null;
    views.replace(
        expected,
        next,
        answer -> {
          synchronized (this) {
            asking = false;
            onChanged(next, answer);
          }
        });
  }

  private void onChanged(View next, ViewStore.Answer answer) {
    switch (answer) {
      case ViewStore.Answer.Stored(var stored) -> {
        if (leading && next.epoch() == epoch) {
          unsettled.clear();
          settle = false;
          adopt(next, stored);
          peers.values().forEach(this::tell);
          commit();
          lead(clock.getAsLong());
        }
      }
      case ViewStore.Answer.Conflict() -> askAt = 0;
      default -> askAt = clock.getAsLong() + RETRY;
    }
  }

  private void stepDown() {
    if (leading) {
      leading = false;
      stopServing();
      resigned = false;
      renewing = false;
      successor = null;
      established = false;
      leaderHeardAt = clock.getAsLong();
      version = null;
      if (full) {
        full = false;
        listener.room();
      }
    }
    leader = null;
  }

  private void stopServing() {
    if (serving) {
      serving = false;
      listener.serving(false);
    }
  }

  private void tell(Progress peer) {
    if (peer.connected && version != null && view != null) {
      peer.viewedAt = clock.getAsLong();
      transport.send(peer.member, new Message.Viewed(epoch, view, version));
    }
  }

  private void send() {
    var now = clock.getAsLong();
    for (var peer : peers.values()) {
      sendTo(peer, now, false);
    }
  }

  private void sendTo(Progress peer, long now, boolean evenIfNothing) {
    if (!leading || !peer.connected || view == null) {
      return;
    }
    if (peer.snapshot == null && peer.next <= log.base().index()) {
      peer.beginSnapshot(snapshot(), now);
      peer.next = applied + 1;
    }
    for (var part = peer.part(epoch); part.isPresent(); part = peer.part(epoch)) {
      transport.send(peer.member, part.get());
    }
    var sent = false;
    for (var due = peer.due(log); !due.isEmpty(); due = peer.due(log)) {
      transmit(peer, due);
      peer.next = due.getLast().index() + 1;
      sent = true;
    }
    if (evenIfNothing && !sent) {
      transmit(peer, List.of());
    }
    if (peer.acknowledged >= log.last().index()) {
      peer.behindSince = -1;
    } else if (peer.behindSince < 0) {
      peer.behindSince = now;
    }
  }

  private void transmit(Progress peer, List<Entry> entries) {
    var current = Objects.requireNonNull(view);
    // While a snapshot is on its way there is nothing to compare with but what is committed anyway.
    var previous =
        peer.snapshot == null ? log.positionAt(peer.next - 1) : new Position(0, 0);
    transport.send(
        peer.member,
        new Message.Append(
            current.cluster(),
            epoch,
            previous,
            committed,
            serving || !established,
            clock.getAsLong(),
            entries));
  }

  private void onAcknowledged(Progress peer, Message.Acknowledged acknowledged) {
    if (!leading || acknowledged.epoch() != epoch) {
      return;
    }
    peer.leaseAt = Math.max(peer.leaseAt, acknowledged.sentAt());
    if (acknowledged.index() > peer.acknowledged) {
      peer.acknowledged = acknowledged.index();
      peer.behindSince = peer.acknowledged >= log.last().index() ? -1 : clock.getAsLong();
    }
    sendTo(peer, clock.getAsLong(), false);
    commit();
  }

  private void onRefused(Progress peer, Message.Refused refused) {
    if (!leading) {
      return;
    }
    if (refused.epoch() > epoch) {
      version = null;
      ask();
      return;
    }
    if (refused.epoch() == epoch && peer.snapshot == null && refused.next() > 0) {
      peer.next = Math.min(refused.next(), log.last().index() + 1);
      peer.acknowledged = Math.min(peer.acknowledged, peer.next - 1);
      sendTo(peer, clock.getAsLong(), true);
    }
  }

  private void onSnapshotReceived(Progress peer, Message.SnapshotReceived received) {
    var snapshot = peer.snapshot;
    if (!leading
        || received.epoch() != epoch
        || snapshot == null
        || !snapshot.at().equals(received.at())) {
      return;
    }
    peer.partsReceived = received.part() + 1;
    peer.snapshotMovedAt = clock.getAsLong();
    if (peer.snapshotSent && peer.partsReceived == peer.partNumber) {
      peer.snapshot = null;
      peer.next = snapshot.at().index() + 1;
    }
    sendTo(peer, peer.snapshotMovedAt, false);
  }

  private void onLeaving(Progress peer, Message.Leaving leavingMessage) {
    if (leading && leavingMessage.epoch() <= epoch) {
      peer.leaving = true;
      ask();
    }
  }

  private void commit() {
    if (!leading || view == null) {
      return;
    }
    var index = durable;
    if (settings.synchronous()) {
      if (view.inSync().size() < settings.minInSync()) {
        return;
      }
      var others = new HashSet<>(view.inSync());
      others.addAll(unsettled);
      others.remove(self);
      index = rule.committed(durable, others, this::acknowledgedBy);
    }
    if (index > committed) {
      advance(Math.min(index, log.last().index()));
      if (!established && committed >= beginning) {
        established = true;
        listener.established(epoch);
        lead(clock.getAsLong());
      }
      offer();
    }
  }

  private long acknowledgedBy(Member member) {
    var peer = known(member);
    return peer == null ? 0 : peer.acknowledged;
  }

  /** Hands everything to the successor as soon as it is committed. */
  private void offer() {
    var member = successor;
    if (member != null && !resigned && committed == log.last().index()) {
      resigned = true;
      stopServing();
      transport.send(member, new Message.TakeOver(epoch));
    }
  }

  private void advance(long to) {
    if (to <= committed) {
      return;
    }
    committed = to;
    var number = log.at(to).number();
    for (; applied < committed; applied++) {
      machine.apply(log.at(applied + 1));
    }
    storage.committed(committed);
    log.trim(keepUntil(), settings.logLimit());
    listener.committed(committed, number);
    if (full && log.bytesBetween(committed, log.last().index()) <= settings.lagLimit() / 2) {
      full = false;
      listener.room();
    }
  }

  /** Entries that a snapshot under way will be followed by are kept, within reason. */
  private long keepUntil() {
    return leading && log.bytes() < 4 * settings.logLimit()
        ? peers.values().stream()
            .filter(peer -> peer.snapshot != null)
            .mapToLong(peer -> Objects.requireNonNull(peer.snapshot).at().index())
            .reduce(applied, Math::min)
        : applied;
  }

  private Snapshot snapshot() {
    var at = log.positionAt(applied);
    return new Snapshot(
        Objects.requireNonNull(view).cluster(), at, numberAt(applied), machine.records());
  }

  private long numberAt(long index) {
    return index == log.base().index() ? log.baseNumber() : log.at(index).number();
  }
}
