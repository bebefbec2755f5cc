package io.mosquittoha.management.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.store.Store;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The audit in the database. Triggers refuse to change entries, and to delete any but the oldest,
 * and those only when they are older than {@link #LEAST}. Each entry has a hash over itself and the
 * one before: who changes one in spite of that has to change all that follow, and the latest hash
 * is in every export.
 */
public final class AuditTrail implements Audit {

  /** Entries younger than this are never deleted. */
  static final Duration LEAST = Duration.ofDays(30);

  /** Entries older than this are deleted. */
  static final Duration KEPT = Duration.ofDays(365);

  /** When there are more, those older than {@link #LEAST} are deleted. */
  static final int MOST = 200_000;

  /** What is longer is cut: the audit says what changed, and is no backup. */
  private static final int MOST_DETAIL = 32 << 10;

  private static final Pattern SECRET =
      Pattern.compile("(?i).*(password|secret|token|credential|private|passwd).*");

  private final Store store;
  private final ObjectMapper json;
  private final Events events;
  private final InstantSource clock;

  AuditTrail(Store store, ObjectMapper json, Events events, InstantSource clock) {
    this.store = store;
    this.json = json;
    this.events = events;
    this.clock = clock;
    store.migrate(
        "audit",
        1,
        """
        CREATE TABLE audit (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          at INTEGER NOT NULL,
          person TEXT NOT NULL,
          role TEXT NOT NULL,
          address TEXT NOT NULL,
          action TEXT NOT NULL,
          target TEXT NOT NULL,
          before TEXT,
          after TEXT,
          hash BLOB NOT NULL
        ) STRICT\
        """,
        "CREATE INDEX audit_at ON audit (at)",
        // What the oldest entry follows, so that the chain can be checked after deleting.
        "CREATE TABLE audit_start (hash BLOB NOT NULL) STRICT",
        "INSERT INTO audit_start VALUES (zeroblob(32))",
        """
        CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END\
        """,
        """
        CREATE TRIGGER audit_keeps_young BEFORE DELETE ON audit
        WHEN OLD.at > (unixepoch() - %d) * 1000 OR EXISTS (SELECT 1 FROM audit WHERE id < OLD.id)
        BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END\
        """
            .formatted(LEAST.toSeconds()));
  }

  /**
   * One of them.
   *
   * @param before JSON, or ""
   * @param after JSON, or ""
   * @param hash over this and all before
   */
  public record Entry(
      long id,
      Instant at,
      String person,
      String role,
      String address,
      String action,
      String target,
      String before,
      String after,
      String hash) {}

  /**
   * Which ones.
   *
   * @param person a part of the name; "" for all, as with the others
   * @param action how its name begins
   * @param target a part of it
   * @param below entries before that one; empty for the latest
   */
  public record Search(
      String person,
      String action,
      String target,
      Optional<Instant> from,
      Optional<Instant> to,
      Optional<Long> below) {

    static final Search ALL =
        new Search("", "", "", Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** What checking the chain says. */
  public record Chain(long entries, boolean intact, String hash, String says) {}

  @Override
  public void write(
      Person who, String action, String target, @Nullable Object before, @Nullable Object after) {
    var name = who.name().isEmpty() ? "nobody" : who.name();
    var was = detail(before);
    var is = detail(after);
    store.write(connection -> {
      var last = last(connection);
      // Never before the one that precedes it, whatever the clock does.
      var at = Math.max(clock.millis(), last.at());
      var entry =
          new Entry(
              last.id() + 1,
              Instant.ofEpochMilli(at),
              cut(name, 200),
              who.role().name(),
              cut(who.from(), 200),
              cut(action, 100),
              cut(target, 1000),
              was,
              is,
              "");
      try (var insert =
          connection.prepareStatement("INSERT INTO audit VALUES (?,?,?,?,?,?,?,?,?,?)")) {
        insert.setLong(1, entry.id());
        insert.setLong(2, at);
        insert.setString(3, entry.person());
        insert.setString(4, entry.role());
        insert.setString(5, entry.address());
        insert.setString(6, entry.action());
        insert.setString(7, entry.target());
        insert.setString(8, was.isEmpty() ? null : was);
        insert.setString(9, is.isEmpty() ? null : is);
        insert.setBytes(10, hash(last.hash(), entry));
        return insert.executeUpdate();
      }
    });
    events.changed("audit");
  }

  private record Last(long id, long at, byte[] hash) {}

  private static Last last(Connection connection) throws SQLException {
    try (var query =
            connection.prepareStatement("SELECT id, at, hash FROM audit ORDER BY id DESC LIMIT 1");
        var rows = query.executeQuery()) {
      if (rows.next()) {
        return new Last(rows.getLong(1), rows.getLong(2), rows.getBytes(3));
      }
    }
    try (var query =
            connection.prepareStatement(
                "SELECT hash, COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)"
                    + " FROM audit_start");
        var rows = query.executeQuery()) {
      rows.next();
      return new Last(rows.getLong(2), 0, rows.getBytes(1));
    }
  }

  private String detail(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    JsonNode node = json.valueToTree(value);
    hide(node);
    return cut(node.toString(), MOST_DETAIL);
  }

  /** Rooms give no secrets; this is for the day that one forgets. */
  private static void hide(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (var field : object.properties()) {
        if (SECRET.matcher(field.getKey()).matches() && field.getValue().isTextual()) {
          object.put(field.getKey(), "•••");
        }
      }
    }
    node.forEach(AuditTrail::hide);
  }

  private static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  private static byte[] hash(byte[] previous, Entry entry) {
    try {
      var bytes = new ByteArrayOutputStream();
      var out = new DataOutputStream(bytes);
      out.write(previous);
      out.writeLong(entry.id());
      out.writeLong(entry.at().toEpochMilli());
      for (var text :
          List.of(
              entry.person(),
              entry.role(),
              entry.address(),
              entry.action(),
              entry.target(),
              entry.before(),
              entry.after())) {
        var utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
      }
      return MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The latest first. */
  List<Entry> find(Search search, int limit) {
    var entries = new ArrayList<Entry>();
    find(search, limit, entries::add);
    return List.copyOf(entries);
  }

  void find(Search search, int limit, Consumer<Entry> each) {
    store.read(connection -> {
      try (var query = select(connection, search, limit);
          var rows = query.executeQuery()) {
        while (rows.next()) {
          each.accept(entry(rows));
        }
      }
      return true;
    });
  }

  private static PreparedStatement select(Connection connection, Search search, int limit)
      throws SQLException {
    var query =
        connection.prepareStatement(
            """
            SELECT * FROM audit
            WHERE at >= ?1 AND at <= ?2 AND id < ?3
              AND (?4 = '' OR instr(lower(person), lower(?4)) > 0)
              AND (?5 = '' OR substr(action, 1, length(?5)) = ?5)
              AND (?6 = '' OR instr(lower(target), lower(?6)) > 0)
            ORDER BY id DESC LIMIT ?7\
            """);
    query.setLong(1, search.from().map(Instant::toEpochMilli).orElse(0L));
    query.setLong(2, search.to().map(Instant::toEpochMilli).orElse(Long.MAX_VALUE));
    query.setLong(3, search.below().orElse(Long.MAX_VALUE));
    query.setString(4, search.person());
    query.setString(5, search.action());
    query.setString(6, search.target());
    query.setInt(7, limit);
    return query;
  }

  private static Entry entry(ResultSet row) throws SQLException {
    return new Entry(
        row.getLong("id"),
        Instant.ofEpochMilli(row.getLong("at")),
        row.getString("person"),
        row.getString("role"),
        row.getString("address"),
        row.getString("action"),
        row.getString("target"),
        orEmpty(row.getString("before")),
        orEmpty(row.getString("after")),
        HexFormat.of().formatHex(row.getBytes("hash")));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Names of actions that were done, for filters. */
  List<String> actions() {
    return store.read(connection -> {
      var actions = new ArrayList<String>();
      try (var query =
              connection.prepareStatement("SELECT DISTINCT action FROM audit ORDER BY action");
          var rows = query.executeQuery()) {
        while (rows.next()) {
          actions.add(rows.getString(1));
        }
      }
      return List.copyOf(actions);
    });
  }

  /** Reads all, and says whether each follows from the one before. */
  Chain check() {
    return store.read(connection -> {
      byte[] previous;
      try (var query = connection.prepareStatement("SELECT hash FROM audit_start");
          var rows = query.executeQuery()) {
        rows.next();
        previous = rows.getBytes(1);
      }
      var count = 0L;
      try (var query = connection.prepareStatement("SELECT * FROM audit ORDER BY id");
          var rows = query.executeQuery()) {
        while (rows.next()) {
          var entry = entry(rows);
          var hash = hash(previous, entry);
          if (!MessageDigest.isEqual(hash, rows.getBytes("hash"))) {
            return new Chain(
                count,
                false,
                entry.hash(),
                "Entry %d, or one before it, is not what was written.".formatted(entry.id()));
          }
          previous = hash;
          count++;
        }
      }
      return new Chain(
          count,
          true,
          HexFormat.of().formatHex(previous),
          "All %d entries are what was written.".formatted(count));
    });
  }

  /** Deletes what is too old, the oldest first. */
  void prune() {
    var now = clock.instant();
    var deleted =
        store.write(connection -> {
          var to = newestToDelete(connection, now);
          if (to.isEmpty()) {
            return 0;
          }
          try (var update =
              connection.prepareStatement(
                  "UPDATE audit_start SET hash = (SELECT hash FROM audit WHERE id = ?)")) {
            update.setLong(1, to.get());
            update.executeUpdate();
          }
          try (var delete = connection.prepareStatement("DELETE FROM audit WHERE id <= ?")) {
            delete.setLong(1, to.get());
            return delete.executeUpdate();
          }
        });
    if (deleted > 0) {
      write(
          new Person("management-center", Role.ANYONE, ""),
          "audit.prune",
          "%d entries that were too old".formatted(deleted),
          null,
          null);
    }
  }

  private static Optional<Long> newestToDelete(Connection connection, Instant now)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            """
            SELECT MAX(id) FROM audit
            WHERE at < ?1 OR (at < ?2 AND id <= (SELECT MAX(id) FROM audit) - ?3)\
            """)) {
      query.setLong(1, now.minus(KEPT).toEpochMilli());
      query.setLong(2, now.minus(LEAST).minusSeconds(60).toEpochMilli());
      query.setInt(3, MOST);
      try (var rows = query.executeQuery()) {
        rows.next();
        var id = rows.getLong(1);
        return rows.wasNull() ? Optional.empty() : Optional.of(id);
      }
    }
  }
}
