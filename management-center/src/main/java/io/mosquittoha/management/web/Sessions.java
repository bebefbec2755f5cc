package io.mosquittoha.management.web;

import io.mosquittoha.management.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Who is logged in. It is in the database, so that a restart logs nobody out. */
public final class Sessions {

  /** One that nobody used for this long is over. */
  static final Duration IDLE = Duration.ofHours(1);

  /** One ends after this however much it is used. */
  static final Duration WHOLE = Duration.ofHours(12);

  /** The oldest of a user's end when there are more. */
  private static final int MOST_PER_USER = 20;

  /** How exactly the last use is known: each time costs a write. */
  private static final Duration GRAIN = Duration.ofMinutes(1);

  private final Store store;
  private final InstantSource clock;

  Sessions(Store store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    store.migrate(
        "sessions",
        1,
        """
        CREATE TABLE sessions (
          hash BLOB PRIMARY KEY,
          user TEXT NOT NULL COLLATE NOCASE,
          single_sign_on INTEGER NOT NULL,
          role TEXT NOT NULL,
          created INTEGER NOT NULL,
          used INTEGER NOT NULL,
          address TEXT NOT NULL,
          browser TEXT NOT NULL
        ) STRICT\
        """,
        "CREATE INDEX sessions_user ON sessions (user)");
  }

  /**
   * One of them.
   *
   * @param id names it to its owner; does not let anybody in
   * @param role what they may do; of those with a password the user's own is asked each time
   */
  public record Session(
      String id,
      String user,
      boolean singleSignOn,
      Role role,
      boolean mustChange,
      Instant created,
      Instant used,
      String address,
      String browser) {}

  /** Begins one, and gives its token. */
  String begin(String user, Role role, boolean singleSignOn, String address, String browser) {
    var token = Secret.fresh();
    var now = clock.millis();
    store.write(connection -> {
      try (var prune =
          connection.prepareStatement(
              "DELETE FROM sessions WHERE created < ?1 OR used < ?2 OR hash IN (SELECT hash"
                  + " FROM sessions WHERE user = ?3 ORDER BY used DESC LIMIT -1 OFFSET ?4)")) {
        prune.setLong(1, now - WHOLE.toMillis());
        prune.setLong(2, now - IDLE.toMillis());
        prune.setString(3, user);
        prune.setInt(4, MOST_PER_USER - 1);
        prune.executeUpdate();
      }
      try (var insert =
          connection.prepareStatement("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
        insert.setBytes(1, Secret.hash(token));
        insert.setString(2, user);
        insert.setBoolean(3, singleSignOn);
        insert.setString(4, role.name());
        insert.setLong(5, now);
        insert.setLong(6, now);
        insert.setString(7, address);
        insert.setString(8, browser.substring(0, Math.min(200, browser.length())));
        return insert.executeUpdate();
      }
    });
    return token;
  }

  private static final String SELECT =
      """
      SELECT s.*, COALESCE(u.role, s.role) AS now_role, COALESCE(u.must_change, 0) AS must_change
      FROM sessions s LEFT JOIN users u ON u.name = s.user AND NOT s.single_sign_on
      WHERE (s.single_sign_on OR u.enabled) AND s.created >= ? AND s.used >= ? AND\s\
      """;

  /** The session of that token, if it is not over. */
  Optional<Session> find(String token) {
    return findByHash(Secret.hash(token));
  }

  Optional<Session> findByHash(byte[] hash) {
    var now = clock.millis();
    return store.read(connection -> {
      try (var query = connection.prepareStatement(SELECT + "s.hash = ?")) {
        query.setLong(1, now - WHOLE.toMillis());
        query.setLong(2, now - IDLE.toMillis());
        query.setBytes(3, hash);
        try (var rows = query.executeQuery()) {
          return rows.next() ? Optional.of(session(rows)) : Optional.empty();
        }
      }
    });
  }

  /** How many last. */
  int count() {
    var now = clock.millis();
    return store.read(connection -> {
      try (var query =
          connection.prepareStatement(
              "SELECT count(*) FROM sessions WHERE created > ? AND used > ?")) {
        query.setLong(1, now - WHOLE.toMillis());
        query.setLong(2, now - IDLE.toMillis());
        try (var rows = query.executeQuery()) {
          return rows.next() ? rows.getInt(1) : 0;
        }
      }
    });
  }

  /** A user's own, the latest first. */
  List<Session> of(String user, boolean singleSignOn) {
    var now = clock.millis();
    return store.read(connection -> {
      var sessions = new ArrayList<Session>();
      try (var query =
          connection.prepareStatement(
              SELECT + "s.user = ? AND s.single_sign_on = ? ORDER BY s.used DESC")) {
        query.setLong(1, now - WHOLE.toMillis());
        query.setLong(2, now - IDLE.toMillis());
        query.setString(3, user);
        query.setBoolean(4, singleSignOn);
        try (var rows = query.executeQuery()) {
          while (rows.next()) {
            sessions.add(session(rows));
          }
        }
      }
      return List.copyOf(sessions);
    });
  }

  private static Session session(ResultSet row) throws SQLException {
    return new Session(
        Secret.encode(row.getBytes("hash")),
        row.getString("user"),
        row.getBoolean("single_sign_on"),
        Role.valueOf(row.getString("now_role")),
        row.getBoolean("must_change"),
        Instant.ofEpochMilli(row.getLong("created")),
        Instant.ofEpochMilli(row.getLong("used")),
        row.getString("address"),
        row.getString("browser"));
  }

  /** Notes that it is in use. */
  void used(Session session) {
    var now = clock.instant();
    if (session.used().plus(GRAIN).isAfter(now)) {
      return;
    }
    store.write(connection -> {
      try (var update =
          connection.prepareStatement("UPDATE sessions SET used = ? WHERE hash = ?")) {
        update.setLong(1, now.toEpochMilli());
        update.setBytes(2, hash(session.id()));
        return update.executeUpdate();
      }
    });
  }

  void end(String id) {
    store.write(connection -> {
      try (var delete = connection.prepareStatement("DELETE FROM sessions WHERE hash = ?")) {
        delete.setBytes(1, hash(id));
        return delete.executeUpdate();
      }
    });
  }

  /**
   * Ends those of a user with a password.
   *
   * @param but the one that stays, or ""
   * @return how many
   */
  int endAll(String user, String but) {
    return store.write(connection -> {
      try (var delete =
          connection.prepareStatement(
              "DELETE FROM sessions WHERE user = ? AND NOT single_sign_on AND hash <> ?")) {
        delete.setString(1, user);
        delete.setBytes(2, hash(but));
        return delete.executeUpdate();
      }
    });
  }

  private static byte[] hash(String id) {
    try {
      return java.util.Base64.getUrlDecoder().decode(id);
    } catch (IllegalArgumentException e) {
      throw new Problem(404, "There is no such session.");
    }
  }
}
