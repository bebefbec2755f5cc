package io.mosquittoha.management.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mosquittoha.management.cluster.Sight.Issue;
import io.mosquittoha.management.cluster.Sight.Severity;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.store.StoreException;
import io.mosquittoha.management.web.Events;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What happened to the cluster, beyond the 200 occurrences that agents keep. Each member tells the
 * same ones: those that are known already are not written again.
 */
public final class Timeline implements AutoCloseable {

  private static final Logger LOG = System.getLogger(Timeline.class.getName());
  private static final JsonMapper JSON = new JsonMapper();
  private static final TypeReference<TreeMap<String, Long>> PHASES = new TypeReference<>() {};

  private static final int MOST = 10_000;
  private static final Duration LONGEST = Duration.ofDays(90);
  private static final int KNOWN = 2_000;

  /** An occurrence that is older than that when it is told was not watched. */
  private static final Duration LIVE = Duration.ofSeconds(30);

  private static final Duration RESTLESS = Duration.ofMinutes(10);
  private static final int OFTEN = 4;

  /**
   * What somebody looks for.
   *
   * @param kind one of the kinds, {@code leader} for all changes of leader, or "" for all
   * @param member whom it is about, or "" for all
   * @param limit how many at the most, the latest first
   */
  public record Query(
      String kind, String member, Instant from, Instant to, int offset, int limit) {}

  /** What makes an occurrence the same for all who tell it. */
  private record Key(Instant time, long epoch, String kind, String member, String detail) {
    static Key of(Occurrence occurrence) {
      return new Key(
          occurrence.time(),
          occurrence.epoch(),
          occurrence.kind(),
          occurrence.member(),
          occurrence.detail());
    }
  }

  private sealed interface Entry {
    record Happened(Occurrence occurrence) implements Entry {}

    record Back(Occurrence occurrence, OptionalInt before, OptionalLong millis) implements Entry {}
  }

  private final Store store;
  private final Events events;
  private final Recovery recovery;
  private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(4_096);
  private final Set<Key> known = new LinkedHashSet<>();
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writing;
  private volatile List<Occurrence> changes = List.of();
  private volatile boolean closed;

  private Timeline(Store store, Cluster cluster, Events events) {
    this.store = store;
    this.events = events;
    store.migrate(
        "timeline",
        1,
        """
        CREATE TABLE occurrence (
          id INTEGER PRIMARY KEY,
          millis INTEGER NOT NULL,
          time TEXT NOT NULL,
          epoch INTEGER NOT NULL,
          kind TEXT NOT NULL,
          member TEXT NOT NULL,
          detail TEXT NOT NULL,
          phases TEXT NOT NULL,
          clients_before INTEGER,
          clients_back INTEGER,
          UNIQUE (time, epoch, kind, member, detail)) STRICT\
        """,
        "CREATE INDEX occurrence_millis ON occurrence (millis)");
    recovery =
        new Recovery(cluster, (it, before, millis) -> offer(new Entry.Back(it, before, millis)));
    find(new Query("", "", Instant.EPOCH, Instant.now().plus(LONGEST), 0, KNOWN / 2))
        .reversed()
        .forEach(it -> known.add(Key.of(it)));
    changes = latestChanges();
    writing = Thread.ofVirtual().name("keep occurrences").start(this::write);
    cluster.onOccurrence(it -> offer(new Entry.Happened(it)));
    cluster.addIssues(() -> restless(Instant.now()));
  }

  /** Keeps what members of a cluster tell. */
  public static Timeline keep(Store store, Cluster cluster, Events events) {
    return new Timeline(store, cluster, events);
  }

  private void offer(Entry entry) {
    if (!queue.offer(entry) && dropped.getAndIncrement() == 0) {
      LOG.log(Level.WARNING, "more happens than can be kept: the timeline has gaps");
    }
  }

  private void write() {
    while (!closed) {
      try {
        var entries = new ArrayList<Entry>();
        entries.add(queue.take());
        queue.drainTo(entries);
        keep(entries);
      } catch (InterruptedException e) {
        return;
      } catch (StoreException e) {
        LOG.log(Level.WARNING, "occurrences could not be kept: {0}", e.getMessage());
        try {
          TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }
  }

  private void keep(List<Entry> entries) {
    var fresh = new LinkedHashMap<Key, Occurrence>();
    var back = new ArrayList<Entry.Back>();
    for (var entry : entries) {
      switch (entry) {
        case Entry.Happened(var occurrence) -> {
          if (!known.contains(Key.of(occurrence))) {
            fresh.put(Key.of(occurrence), occurrence);
          }
        }
        case Entry.Back it -> back.add(it);
      }
    }
    if (fresh.isEmpty() && back.isEmpty()) {
      return;
    }
    store.write(connection -> {
      insert(connection, List.copyOf(fresh.values()));
      recovered(connection, back);
      return prune(connection);
    });
    known.addAll(fresh.keySet());
    for (var oldest = known.iterator(); known.size() > KNOWN; ) {
      oldest.next();
      oldest.remove();
    }
    changes = latestChanges();
    events.changed("timeline");
    var now = Instant.now();
    fresh.values().stream()
        .filter(Occurrence::changesLeader)
        .filter(it -> Duration.between(it.time(), now).abs().compareTo(LIVE) < 0)
        .forEach(recovery::begin);
  }

  private static int insert(Connection connection, List<Occurrence> occurrences)
      throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "INSERT OR IGNORE INTO occurrence"
                + " (millis, time, epoch, kind, member, detail, phases)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      for (var occurrence : occurrences) {
        statement.setLong(1, occurrence.time().toEpochMilli());
        key(statement, 2, occurrence);
        statement.setString(7, JSON.valueToTree(occurrence.phases()).toString());
        statement.addBatch();
      }
      return statement.executeBatch().length;
    }
  }

  private static void key(PreparedStatement statement, int first, Occurrence occurrence)
      throws SQLException {
    statement.setString(first, occurrence.time().toString());
    statement.setLong(first + 1, occurrence.epoch());
    statement.setString(first + 2, occurrence.kind());
    statement.setString(first + 3, occurrence.member());
    statement.setString(first + 4, occurrence.detail());
  }

  private static int recovered(Connection connection, List<Entry.Back> back) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "UPDATE occurrence SET clients_before = ?, clients_back = ?"
                + " WHERE time = ? AND epoch = ? AND kind = ? AND member = ? AND detail = ?")) {
      for (var entry : back) {
        statement.setObject(1, entry.before().isPresent() ? entry.before().getAsInt() : null);
        statement.setObject(2, entry.millis().isPresent() ? entry.millis().getAsLong() : null);
        key(statement, 3, entry.occurrence());
        statement.addBatch();
      }
      return statement.executeBatch().length;
    }
  }

  private static int prune(Connection connection) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            "DELETE FROM occurrence WHERE millis < ? OR id IN"
                + " (SELECT id FROM occurrence ORDER BY millis DESC, id DESC LIMIT -1 OFFSET ?)")) {
      statement.setLong(1, Instant.now().minus(LONGEST).toEpochMilli());
      statement.setInt(2, MOST);
      return statement.executeUpdate();
    }
  }

  // What is asked.

  /** What fits, the latest first. */
  public List<Occurrence> find(Query query) {
    return store.read(connection -> {
      try (var statement =
          connection.prepareStatement(
              "SELECT * FROM occurrence"
                  + where(query)
                  + " ORDER BY millis DESC, id DESC LIMIT ? OFFSET ?")) {
        var next = fill(statement, query);
        statement.setInt(next, Math.clamp(query.limit(), 0, MOST));
        statement.setInt(next + 1, Math.max(0, query.offset()));
        var found = new ArrayList<Occurrence>();
        try (var rows = statement.executeQuery()) {
          while (rows.next()) {
            found.add(occurrence(rows));
          }
        }
        return List.copyOf(found);
      }
    });
  }

  /** How many fit. */
  public int count(Query query) {
    return store.read(connection -> {
      try (var statement =
          connection.prepareStatement("SELECT count(*) FROM occurrence" + where(query))) {
        fill(statement, query);
        try (var rows = statement.executeQuery()) {
          return rows.next() ? rows.getInt(1) : 0;
        }
      }
    });
  }

  /** Members and kinds that anything is known of. */
  List<String> distinct(boolean kinds) {
    var column = kinds ? "kind" : "member";
    return store.read(connection -> {
      try (var statement =
              connection.prepareStatement(
                  "SELECT DISTINCT %1$s FROM occurrence WHERE %1$s <> '' ORDER BY %1$s LIMIT 100"
                      .formatted(column));
          var rows = statement.executeQuery()) {
        var found = new ArrayList<String>();
        while (rows.next()) {
          found.add(rows.getString(1));
        }
        return List.copyOf(found);
      }
    });
  }

  /** Changes of leader, oldest first, a few hundred at the most. */
  public List<Occurrence> changes(Instant from, Instant to) {
    return find(new Query("leader", "", from, to, 0, 300)).reversed();
  }

  /** The last change of leader that is known. */
  public Optional<Occurrence> lastChange() {
    return changes.stream().findFirst();
  }

  private List<Occurrence> latestChanges() {
    return find(new Query("leader", "", Instant.EPOCH, Instant.now().plus(LONGEST), 0, 2 * OFTEN));
  }

  private List<Issue> restless(Instant now) {
    var recent =
        changes.stream()
            .filter(it -> it.kind().equals("failover") || it.kind().equals("brokerRestarted"))
            .filter(it -> Duration.between(it.time(), now).compareTo(RESTLESS) < 0)
            .count();
    return recent < OFTEN
        ? List.of()
        : List.of(
            new Issue(
                Severity.WARNING,
                "The leader failed %d times or more within ten minutes.".formatted(recent),
                "The timeline says which members and why; look at their logs and at their nodes:"
                    + " memory, processor time, a volume that is slow or full.",
                ""));
  }

  private static String where(Query query) {
    var where = new StringBuilder(" WHERE millis >= ? AND millis <= ?");
    if (query.kind().equals("leader")) {
      where.append(" AND phases <> '{}'");
    } else if (!query.kind().isEmpty()) {
      where.append(" AND kind = ?");
    }
    if (!query.member().isEmpty()) {
      where.append(" AND member = ?");
    }
    return where.toString();
  }

  private static int fill(PreparedStatement statement, Query query) throws SQLException {
    var next = 1;
    statement.setLong(next++, millis(query.from()));
    statement.setLong(next++, millis(query.to()));
    if (!query.kind().isEmpty() && !query.kind().equals("leader")) {
      statement.setString(next++, query.kind());
    }
    if (!query.member().isEmpty()) {
      statement.setString(next++, query.member());
    }
    return next;
  }

  private static long millis(Instant at) {
    try {
      return at.toEpochMilli();
    } catch (ArithmeticException e) {
      return at.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE;
    }
  }

  private static Occurrence occurrence(ResultSet row) throws SQLException {
    var before = row.getObject("clients_before");
    var back = row.getObject("clients_back");
    return new Occurrence(
        Instant.parse(row.getString("time")),
        row.getLong("epoch"),
        row.getString("kind"),
        row.getString("member"),
        row.getString("detail"),
        phases(row.getString("phases")),
        before instanceof Number number ? OptionalInt.of(number.intValue()) : OptionalInt.empty(),
        back instanceof Number number ? OptionalLong.of(number.longValue()) : OptionalLong.empty());
  }

  private static Map<String, Long> phases(String json) {
    try {
      return JSON.readValue(json, PHASES);
    } catch (JsonProcessingException e) {
      return Map.of();
    }
  }

  @Override
  public void close() {
    closed = true;
    recovery.close();
    writing.interrupt();
  }
}
