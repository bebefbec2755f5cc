package io.mosquittoha.agent.state;

import static io.mosquittoha.agent.link.FrameType.RESTORE_BASE_MSG;
import static io.mosquittoha.agent.link.FrameType.RESTORE_CLIENT;
import static io.mosquittoha.agent.link.FrameType.RESTORE_CLIENT_MSG;
import static io.mosquittoha.agent.link.FrameType.RESTORE_RETAIN;
import static io.mosquittoha.agent.link.FrameType.RESTORE_SUBSCRIPTION;
import static io.mosquittoha.agent.link.FrameType.RESTORE_WILL;

import io.mosquittoha.agent.link.Fields;
import io.mosquittoha.agent.link.Frame;
import io.mosquittoha.agent.link.FrameType;
import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.StateMachine;
import io.mosquittoha.agent.state.ClientQuery.Order;
import io.mosquittoha.agent.state.ClientQuery.Presence;
import io.mosquittoha.agent.state.Session.Queued;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Messages, retained messages, sessions with their subscriptions and queues, wills, who is connected,
 * and dynamic security's file (broker/PROTOCOL.md, "What the agent makes of the events").
 *
 * <p>A record is kept as the bytes that restore it: the type of its restore frame, then the fields as
 * they came. Everything is in the order in which it was added, alike on every member, so that equal
 * states have equal hashes.
 */
public final class BrokerState implements StateMachine {

  /** What a record costs beside its bytes: objects, tables, references. An estimate from above. */
  private static final int OVERHEAD = 128;

  private static final int OCCURRENCES = 200;
  private static final int WILL = 0x6C;
  private static final int HEADER = 1 + 8; // of an event: type and number

  private final long willGrace;
  private final LongSupplier clock;
  private final Consumer<String> occurred;

  private final Map<Long, byte[]> messages = new LinkedHashMap<>();
  private final Map<String, byte[]> retained = new LinkedHashMap<>();
  private final Map<String, Session> sessions = new LinkedHashMap<>();
  private final Map<String, Will> wills = new LinkedHashMap<>();
  private final Map<String, Connection> connections = new LinkedHashMap<>();
  private final Map<Long, String> promised = new LinkedHashMap<>(); // token → client of a will
  private final Deque<String> occurrences = new ArrayDeque<>();
  private byte @Nullable [] security;
  private long bytes;
  private int subscriptions;
  private int queued;
  private boolean patched = true; // the broker tells the will of a client that comes back

  /**
   * An empty state.
   *
   * @param willGrace milliseconds that a client has after a failover to come back before its will is
   *     published
   * @param clock milliseconds since 1970
   * @param occurred told of every occurrence, as JSON
   */
  public BrokerState(long willGrace, LongSupplier clock, Consumer<String> occurred) {
    this.willGrace = willGrace;
    this.clock = clock;
    this.occurred = occurred;
  }

  /** Whether the broker has feature 1 of the protocol. */
  public synchronized void brokerTellsReconnects(boolean does) {
    patched = does;
  }

  // Replication.

  @Override
  public synchronized void apply(Entry entry) {
    var body = ByteBuffer.wrap(entry.body());
    while (body.remaining() >= 4) {
      var length = body.getInt();
      change(body.slice(body.position(), length));
      body.position(body.position() + length);
    }
  }

  @Override
  public synchronized byte[] beginning(long epoch) {
    return Frame.of(
            FrameType.BEGINNING,
            "epoch", epoch,
            "time_ms", clock.getAsLong(),
            "will_grace_ms", willGrace)
        .encode();
  }

  @Override
  public synchronized List<byte[]> records() {
    var all = restoration();
    wills.forEach((client, will) -> all.add(saved(will)));
    for (var connection : connections.values()) {
      all.add(connection.record);
      all.addAll(connection.subscriptions.values());
    }
    promised.forEach(
        (token, client) ->
            all.add(saved(Frame.of(FrameType.WILL_DUE, "token", token, "clientid", client))));
    for (var json : occurrences) {
      all.add(saved(Frame.of(FrameType.OCCURRENCE, "json", json)));
    }
    if (security != null) {
      all.add(saved(Frame.of(FrameType.SECURITY, "file", security)));
    }
    return all;
  }

  @Override
  public synchronized void replace(List<byte[]> records) {
    messages.clear();
    retained.clear();
    sessions.clear();
    wills.clear();
    connections.clear();
    promised.clear();
    occurrences.clear();
    security = null;
    bytes = 0;
    subscriptions = 0;
    queued = 0;
    records.forEach(this::load);
  }

  /** What a broker is given to continue, in the order that it needs. Wills are the agent's. */
  public synchronized List<byte[]> restoration() {
    var all =
        new ArrayList<byte[]>(
            messages.size() + retained.size() + sessions.size() + subscriptions + queued + 16);
    all.addAll(messages.values());
    all.addAll(retained.values());
    sessions.values().forEach(session -> all.add(session.record));
    sessions.values().forEach(session -> all.addAll(session.subscriptions().values()));
    sessions.values().forEach(session -> all.addAll(session.queue().values()));
    return all;
  }

  // Changes.

  private void change(ByteBuffer frame) {
    var code = frame.get(0) & 0xFF;
    var fields = new Fields(frame.slice(HEADER, frame.limit() - HEADER));
    switch (code) {
      case 0x20 -> addMessage(record(frame, RESTORE_BASE_MSG));
      case 0x21 -> forget(messages.remove(fields.u64()));
      case 0x22 -> setRetained(record(frame, RESTORE_RETAIN));
      case 0x23 -> forget(retained.remove(fields.text()));
      case 0x24, 0x25 -> setClient(record(frame, RESTORE_CLIENT), code == 0x24);
      case 0x26 -> deleteClient(fields.text());
      case 0x27 -> subscribe(record(frame, RESTORE_SUBSCRIPTION));
      case 0x28 -> unsubscribe(fields.text(), fields.text());
      case 0x29, 0x2A -> enqueue(record(frame, RESTORE_CLIENT_MSG));
      case 0x2B -> dequeue(fields);
      case 0x2C -> setWill(new Will(record(frame, RESTORE_WILL), false, 0));
      case 0x2D -> removeWill(fields.text());
      case 0x30 -> connect(record(frame, FrameType.CONNECT), clock.getAsLong());
      case 0x31, 0x32 -> disconnect(fields.text());
      case 0x33 -> subscribeConnection(record(frame, FrameType.SUBSCRIBE));
      case 0x34 -> unsubscribeConnection(fields.text(), fields.text());
      case 0x37 -> published(fields.u64());
      case 0x60 -> security = fields.bytes();
      case 0x61 -> begin(fields.u64(), fields.u64(), fields.u32());
      case 0x62 -> occur(fields.text(), true);
      case 0x63 -> promised.put(fields.u64(), fields.text());
      case 0x64 -> removeWill(fields.text());
      default -> {} // MARK, CONTROL, and what a newer plugin tells.
    }
  }

  private void load(byte[] record) {
    var body = ByteBuffer.wrap(record, 1, record.length - 1).slice();
    var fields = new Fields(body);
    switch (record[0] & 0xFF) {
      case 0xA0 -> addMessage(record);
      case 0xA2 -> setRetained(record);
      case 0xA4 -> setClient(record, false);
      case 0xA7 -> subscribe(record);
      case 0xA9 -> enqueue(record);
      case WILL -> {
        var orphan = fields.u8() == 1;
        var due = fields.u64();
        var rest = new byte[body.remaining()];
        body.get(rest);
        setWill(new Will(rest, orphan, due));
      }
      case 0x30 -> connect(record, clock.getAsLong());
      case 0x33 -> subscribeConnection(record);
      case 0x60 -> security = fields.bytes();
      case 0x62 -> occur(fields.text(), false);
      case 0x63 -> promised.put(fields.u64(), fields.text());
      default ->
          throw new IllegalStateException(
              "a snapshot has a record of type 0x%02X: it is of a newer version"
                  .formatted(record[0]));
    }
  }

  /** The frame's fields behind the type that restores them. */
  private static byte[] record(ByteBuffer frame, FrameType type) {
    var record = new byte[frame.limit() - HEADER + 1];
    record[0] = (byte) type.code();
    frame.get(HEADER, record, 1, record.length - 1);
    return record;
  }

  /** A frame of the agents' own as a record: without length and number. */
  private static byte[] saved(Frame frame) {
    var whole = frame.encode();
    var record = new byte[whole.length - 4 - 8];
    record[0] = whole[4];
    System.arraycopy(whole, 4 + HEADER, record, 1, record.length - 1);
    return record;
  }

  private static byte[] saved(Will will) {
    return ByteBuffer.allocate(1 + 1 + 8 + will.record().length)
        .put((byte) WILL)
        .put((byte) (will.orphan() ? 1 : 0))
        .putLong(will.dueMillis())
        .put(will.record())
        .array();
  }

  private static Fields fields(byte[] record) {
    return new Fields(ByteBuffer.wrap(record, 1, record.length - 1).slice());
  }

  private void keep(byte[] record, byte @Nullable [] before) {
    bytes += record.length + OVERHEAD;
    forget(before);
  }

  private void forget(byte @Nullable [] record) {
    if (record != null) {
      bytes -= record.length + OVERHEAD;
    }
  }

  private void addMessage(byte[] record) {
    keep(record, messages.put(fields(record).u64(), record));
  }

  private void setRetained(byte[] record) {
    keep(record, retained.put(fields(record).text(), record));
  }

  private void setClient(byte[] record, boolean isNew) {
    var client = fields(record).text();
    var session = sessions.get(client);
    if (session == null) {
      sessions.put(client, new Session(record));
      keep(record, null);
    } else {
      keep(record, session.record);
      session.record = record;
    }
    if (isNew) {
      removeWill(client);
    }
  }

  private void deleteClient(String client) {
    var session = sessions.remove(client);
    if (session != null) {
      forget(session.record);
      subscriptions -= session.subscriptions().size();
      queued -= session.queue().size();
      session.subscriptions().values().forEach(this::forget);
      session.queue().values().forEach(this::forget);
    }
    var will = wills.get(client);
    if (will != null && will.orphan()) {
      // Its session ended before the client came back: it is due now (MQTT 5, 3.1.2.5).
      wills.put(client, new Will(will.record(), true, 0));
    } else {
      removeWill(client);
    }
  }

  private void subscribe(byte[] record) {
    var fields = fields(record);
    var session = sessions.get(fields.text());
    if (session != null) {
      var before = session.subscribe(fields.text(), record);
      keep(record, before);
      subscriptions += before == null ? 1 : 0;
    }
  }

  private void unsubscribe(String client, String filter) {
    var session = sessions.get(client);
    var before = session == null ? null : session.unsubscribe(filter);
    forget(before);
    subscriptions -= before == null ? 0 : 1;
  }

  private void enqueue(byte[] record) {
    var fields = fields(record);
    var session = sessions.get(fields.text());
    if (session != null) {
      var before = session.enqueue(key(fields), record);
      keep(record, before);
      queued += before == null ? 1 : 0;
    }
  }

  private void dequeue(Fields fields) {
    var session = sessions.get(fields.text());
    var before = session == null ? null : session.dequeue(key(fields));
    forget(before);
    queued -= before == null ? 0 : 1;
  }

  private static Queued key(Fields fields) {
    var cmsgId = fields.u64();
    var storeId = fields.u64();
    fields.u32(); // identifier
    fields.u16(); // mid
    fields.u8(); // qos
    fields.u8(); // retain
    fields.u8(); // dup
    return new Queued(fields.u8(), cmsgId, storeId);
  }

  private void setWill(Will will) {
    var before = wills.put(fields(will.record()).text(), will);
    keep(will.record(), before == null ? null : before.record());
  }

  private void removeWill(String client) {
    var before = wills.remove(client);
    forget(before == null ? null : before.record());
  }

  private void connect(byte[] record, long since) {
    var client = fields(record).text();
    var before = connections.put(client, new Connection(record, since));
    keep(record, before == null ? null : before.record);
    var will = wills.get(client);
    if (will != null && (will.orphan() || !patched)) {
      removeWill(client); // It came back; the will that it may have now was told before this.
    }
  }

  private void disconnect(String client) {
    var before = connections.remove(client);
    forget(before == null ? null : before.record);
    removeWill(client);
  }

  private void subscribeConnection(byte[] record) {
    var fields = fields(record);
    var client = fields.text();
    var connection = connections.get(client);
    if (connection != null && !sessions.containsKey(client)) {
      connection.subscriptions.put(fields.text(), record);
    }
  }

  private void unsubscribeConnection(String client, String filter) {
    var connection = connections.get(client);
    if (connection != null) {
      connection.subscriptions.remove(filter);
    }
  }

  private void published(long token) {
    var client = promised.remove(token);
    if (client != null) {
      var will = wills.get(client);
      if (will != null && will.orphan()) {
        removeWill(client);
      }
    }
  }

  /** Whoever was connected to the former leader has to come back, or its will is published. */
  private void begin(long epoch, long timeMillis, long graceMillis) {
    promised.clear();
    for (var entry : wills.entrySet()) {
      if (!entry.getValue().orphan()) {
        var due = due(entry.getKey(), timeMillis, graceMillis);
        entry.setValue(new Will(entry.getValue().record(), true, due));
      }
    }
    connections.values().forEach(connection -> forget(connection.record));
    connections.clear();
  }

  private long due(String client, long timeMillis, long graceMillis) {
    var session = sessions.get(client);
    if (session == null) {
      return timeMillis + graceMillis;
    }
    var fields = fields(session.record);
    fields.skip(); // clientid
    fields.skip(); // username
    fields.skip(); // auth_method
    var delayUntil = fields.u64() * 1000;
    var sessionEnd = fields.u64() * 1000;
    var delay = fields.u32() * 1000;
    var interval = fields.u32() * 1000;
    if (!connections.containsKey(client) && delayUntil > 0) {
      return sessionEnd > 0 ? Math.min(delayUntil, sessionEnd) : delayUntil;
    }
    return timeMillis + Math.min(Math.max(graceMillis, delay), Math.max(graceMillis, interval));
  }

  private void occur(String json, boolean now) {
    occurrences.add(json);
    if (occurrences.size() > OCCURRENCES) {
      occurrences.removeFirst();
    }
    if (now) {
      occurred.accept(json);
    }
  }

  // What is asked of it.

  /** Dynamic security's file, if one was ever replicated. */
  public synchronized Optional<byte[]> security() {
    return Optional.ofNullable(security);
  }

  /** The wills of lost clients that are to be published now, without those that are being published. */
  public synchronized List<DueWill> due() {
    var now = clock.getAsLong();
    var due = new ArrayList<DueWill>();
    var underWay = Set.copyOf(promised.values());
    wills.forEach(
        (client, will) -> {
          if (will.orphan() && will.dueMillis() <= now && !underWay.contains(client)) {
            var fields = fields(will.record());
            fields.skip();
            due.add(
                new DueWill(
                    client,
                    fields.text(),
                    fields.bytes(),
                    fields.u8(),
                    fields.u8(),
                    fields.bytes()));
          }
        });
    return due;
  }

  /** What happened to the cluster, the oldest first. */
  public synchronized List<String> occurrences() {
    return List.copyOf(occurrences);
  }

  public synchronized Counts counts() {
    return new Counts(
        messages.size(),
        retained.size(),
        sessions.size(),
        connections.size(),
        subscriptions,
        queued,
        wills.size(),
        bytes);
  }

  /** Bytes of heap that the state takes, roughly. */
  public synchronized long bytes() {
    return bytes;
  }

  /** Equal states have equal hashes. */
  public String hash() {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      records().forEach(digest::update);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** Clients, those of the broker's own health checks left out. */
  public ClientPage clients(ClientQuery query) {
    // The state waits only while they are gathered; a long list is searched and sorted beside it.
    var found = new ArrayList<Candidate>();
    for (var candidate : candidates(query.presence())) {
      if (candidate.matches(query.search())) {
        found.add(candidate);
      }
    }
    var from = Math.min(query.offset(), found.size());
    var to = (int) Math.min((long) from + query.limit(), found.size());
    if (query.order() == Order.ARRIVAL && !query.descending()) {
      return new ClientPage(
          found.subList(from, to).stream().map(Candidate::info).toList(), found.size());
    }
    var infos = new ArrayList<ClientInfo>(found.size());
    found.forEach(candidate -> infos.add(candidate.info()));
    infos.sort(ClientOrder.of(query));
    return new ClientPage(List.copyOf(infos.subList(from, to)), infos.size());
  }

  /** One client, if it is connected or has a session. */
  public synchronized Optional<ClientInfo> client(String client) {
    return sessions.containsKey(client) || connections.containsKey(client)
        ? Optional.of(candidate(client).info())
        : Optional.empty();
  }

  private synchronized List<Candidate> candidates(Presence presence) {
    var all = new ArrayList<Candidate>(sessions.size() + connections.size());
    if (presence != Presence.AWAY) {
      for (var client : connections.keySet()) {
        addCandidate(all, client);
      }
    }
    if (presence != Presence.CONNECTED) {
      for (var client : sessions.keySet()) {
        if (!connections.containsKey(client)) {
          addCandidate(all, client);
        }
      }
    }
    return all;
  }

  private void addCandidate(List<Candidate> to, String client) {
    if (!client.startsWith("$health-")) {
      to.add(candidate(client));
    }
  }

  private Candidate candidate(String client) {
    var session = sessions.get(client);
    var connection = connections.get(client);
    return new Candidate(
        client,
        session == null ? null : session.record,
        connection == null ? null : connection.record,
        connection == null ? 0 : connection.since,
        (session == null ? 0 : session.subscriptions().size())
            + (connection == null ? 0 : connection.subscriptions.size()),
        session == null ? 0 : session.queue().size());
  }

  /** The subscriptions of one client, or of all. */
  public synchronized List<SubscriptionInfo> subscriptions(Optional<String> client, int limit) {
    var found = new ArrayList<SubscriptionInfo>();
    var clients = client.<Set<String>>map(Set::of);
    for (var id : clients.orElseGet(sessions::keySet)) {
      var session = sessions.get(id);
      if (session != null) {
        session.subscriptions().values().forEach(record -> add(found, record, limit));
      }
    }
    for (var id : clients.orElseGet(connections::keySet)) {
      var connection = connections.get(id);
      if (connection != null) {
        connection.subscriptions.values().forEach(record -> add(found, record, limit));
      }
    }
    return found;
  }

  private static void add(List<SubscriptionInfo> to, byte[] record, int limit) {
    if (to.size() < limit) {
      var fields = fields(record);
      var client = fields.text();
      var filter = fields.text();
      fields.u32();
      to.add(new SubscriptionInfo(client, filter, fields.u8() & 3));
    }
  }
}
