package io.mosquittoha.management.metrics;

import io.mosquittoha.management.store.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Figures on the disk: each round of the last two hours, and before that each minute's mean and
 * extremes. Bounded in time and in bytes: when there is too much, the oldest goes first.
 */
final class History {

  /** How often figures are asked for. */
  static final Duration ROUND = Duration.ofSeconds(10);

  private static final Duration FINE = Duration.ofHours(2);
  private static final int MINUTE = 60;

  /** What SQLite needs for a row beside its figures, roughly. */
  private static final int ROW = 24;

  private final Store store;
  private final Duration kept;
  private final long limit;

  /**
   * @param kept how long minutes are kept
   * @param limit bytes
   */
  History(Store store, Duration kept, long limit) {
    this.store = store;
    this.kept = kept;
    this.limit = limit;
    store.migrate(
        "metrics",
        1,
        """
        CREATE TABLE figure_member (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE
        )\
        """,
        """
        CREATE TABLE figure_round (
          time INTEGER NOT NULL,
          member INTEGER NOT NULL,
          figures BLOB NOT NULL,
          PRIMARY KEY (time, member)
        ) WITHOUT ROWID\
        """,
        """
        CREATE TABLE figure_minute (
          time INTEGER NOT NULL,
          member INTEGER NOT NULL,
          mean BLOB NOT NULL,
          least BLOB NOT NULL,
          most BLOB NOT NULL,
          PRIMARY KEY (time, member)
        ) WITHOUT ROWID\
        """);
  }

  /** Keeps a round, makes minutes of those that are over, and forgets what is too old. */
  void add(Instant at, Map<String, Row> rows) {
    long time = at.getEpochSecond();
    store.write(connection -> {
      insert(connection, time, rows);
      if (condense(connection, minute(time))) {
        prune(connection, time);
      }
      return true;
    });
  }

  private static void insert(Connection connection, long time, Map<String, Row> rows)
      throws SQLException {
    try (var member =
            connection.prepareStatement("INSERT OR IGNORE INTO figure_member (name) VALUES (?)");
        var round =
            connection.prepareStatement(
                """
                INSERT OR REPLACE INTO figure_round
                SELECT ?, id, ? FROM figure_member WHERE name = ?\
                """)) {
      for (var row : rows.entrySet()) {
        member.setString(1, row.getKey());
        member.executeUpdate();
        round.setLong(1, time);
        round.setBytes(2, row.getValue().bytes());
        round.setString(3, row.getKey());
        round.executeUpdate();
      }
    }
  }

  /** Makes minutes of all rounds before that one that are in none yet. */
  private static boolean condense(Connection connection, long minute) throws SQLException {
    long from = number(connection, "SELECT coalesce(max(time), -60) + 60 FROM figure_minute");
    var minutes = new TreeMap<Long, Map<Long, Extremes>>();
    try (var select =
        connection.prepareStatement(
            "SELECT time, member, figures FROM figure_round WHERE time >= ? AND time < ?")) {
      select.setLong(1, from);
      select.setLong(2, minute);
      var rounds = select.executeQuery();
      while (rounds.next()) {
        minutes
            .computeIfAbsent(minute(rounds.getLong(1)), it -> new HashMap<>())
            .computeIfAbsent(rounds.getLong(2), it -> new Extremes())
            .add(Row.of(rounds.getBytes(3)));
      }
    }
    try (var insert =
        connection.prepareStatement(
            "INSERT OR REPLACE INTO figure_minute VALUES (?, ?, ?, ?, ?)")) {
      for (var at : minutes.entrySet()) {
        for (var member : at.getValue().entrySet()) {
          insert.setLong(1, at.getKey());
          insert.setLong(2, member.getKey());
          insert.setBytes(3, member.getValue().mean().bytes());
          insert.setBytes(4, member.getValue().least().bytes());
          insert.setBytes(5, member.getValue().most().bytes());
          insert.executeUpdate();
        }
      }
    }
    return !minutes.isEmpty();
  }

  private void prune(Connection connection, long time) throws SQLException {
    delete(connection, "DELETE FROM figure_round WHERE time < ?", minute(time - FINE.toSeconds()));
    delete(connection, "DELETE FROM figure_minute WHERE time < ?", time - kept.toSeconds());
    for (var table : List.of("figure_minute", "figure_round")) {
      long over = bytes(connection) - limit;
      if (over <= 0) {
        break;
      }
      shorten(connection, table, over);
    }
    delete(
        connection,
        """
        DELETE FROM figure_member WHERE ? AND NOT EXISTS
          (SELECT 1 FROM figure_round WHERE member = id) AND NOT EXISTS
          (SELECT 1 FROM figure_minute WHERE member = id)\
        """,
        1);
  }

  /** Forgets the oldest of a table until so many bytes are free, or nothing is left. */
  private static void shorten(Connection connection, String table, long over) throws SQLException {
    var size = table.equals("figure_round") ? "length(figures)" : "3 * length(mean)";
    long until = Long.MAX_VALUE;
    try (var select =
        connection.prepareStatement(
            "SELECT time, sum(%s + %d) FROM %s GROUP BY time ORDER BY time"
                .formatted(size, ROW, table))) {
      var times = select.executeQuery();
      long freed = 0;
      while (times.next()) {
        if (freed >= over) {
          until = times.getLong(1);
          break;
        }
        freed += times.getLong(2);
      }
    }
    delete(connection, "DELETE FROM %s WHERE time < ?".formatted(table), until);
  }

  private static void delete(Connection connection, String sql, long parameter)
      throws SQLException {
    try (var delete = connection.prepareStatement(sql)) {
      delete.setLong(1, parameter);
      delete.executeUpdate();
    }
  }

  private static long bytes(Connection connection) throws SQLException {
    return number(
        connection,
        """
        SELECT coalesce((SELECT sum(length(figures) + %1$d) FROM figure_round), 0)
          + coalesce((SELECT sum(3 * length(mean) + %1$d) FROM figure_minute), 0)\
        """
            .formatted(ROW));
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (var select = connection.createStatement();
        var numbers = select.executeQuery(sql)) {
      return numbers.next() ? numbers.getLong(1) : 0;
    }
  }

  /** Bytes that figures take, roughly. */
  long bytes() {
    return store.read(History::bytes);
  }

  /** When the oldest is from. */
  Optional<Instant> since() {
    long time =
        store.read(connection ->
            number(
                connection,
                """
                SELECT coalesce(min(time), 0) FROM
                  (SELECT min(time) AS time FROM figure_round
                   UNION ALL SELECT min(time) FROM figure_minute)\
                """));
    return time == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(time));
  }

  /**
   * Figures of a time, put together in steps of equal length so that there are no more than so
   * many. A step has its mean and its extremes: no peak is lost.
   *
   * @param members whose, or empty for all
   */
  Curves curves(
      Instant from, Instant to, Set<String> members, Collection<Figure> figures, int most) {
    long end = to.getEpochSecond();
    long begin = Math.min(from.getEpochSecond(), end);
    return store.read(connection -> {
      // Rounds are forgotten by whole minutes, so that none is told twice.
      var fine = minute(number(connection, "SELECT coalesce(min(time), 0) FROM figure_round"));
      var older =
          begin < fine
              && number(
                      connection,
                      "SELECT coalesce(min(time), %d) FROM figure_minute".formatted(fine))
                  < fine;
      var curves =
          new Curves(
              begin, end, step(end - begin, older ? MINUTE : ROUND.toSeconds(), most), figures);
      if (older) {
        read(
            connection,
            """
            SELECT name, time, mean, least, most FROM figure_minute
            JOIN figure_member ON id = member WHERE time >= ? AND time < ?\
            """,
            begin,
            Math.min(end + 1, fine),
            members,
            curves);
      }
      read(
          connection,
          """
          SELECT name, time, figures, figures, figures FROM figure_round
          JOIN figure_member ON id = member WHERE time >= ? AND time < ?\
          """,
          Math.max(begin, fine),
          end + 1,
          members,
          curves);
      return curves;
    });
  }

  private static void read(
      Connection connection, String sql, long from, long to, Set<String> members, Curves curves)
      throws SQLException {
    try (var select = connection.prepareStatement(sql)) {
      select.setLong(1, from);
      select.setLong(2, to);
      var rows = select.executeQuery();
      while (rows.next()) {
        if (members.isEmpty() || members.contains(rows.getString(1))) {
          var mean = rows.getBytes(3);
          var least = rows.getBytes(4);
          curves.add(
              rows.getString(1),
              rows.getLong(2),
              Row.of(mean),
              Row.of(least),
              Row.of(rows.getBytes(5)));
        }
      }
    }
  }

  private static long step(long span, long unit, int most) {
    return Math.max(1, Math.ceilDiv(Math.ceilDiv(span, most), unit)) * unit;
  }

  private static long minute(long time) {
    return time / MINUTE * MINUTE;
  }

  /** Mean and extremes of rows. */
  private static final class Extremes {
    private final double[] sum = new double[Figure.values().length];
    private final int[] count = new int[sum.length];
    private final Row least = Row.empty();
    private final Row most = Row.empty();

    void add(Row row) {
      for (var figure : Figure.values()) {
        int i = figure.ordinal();
        var value = row.get(figure);
        if (!Float.isNaN(value)) {
          sum[i] += value;
          least.set(figure, count[i] == 0 ? value : Math.min(least.get(figure), value));
          most.set(figure, count[i] == 0 ? value : Math.max(most.get(figure), value));
          count[i]++;
        }
      }
    }

    Row mean() {
      var mean = Row.empty();
      for (var figure : Figure.values()) {
        int i = figure.ordinal();
        if (count[i] > 0) {
          mean.set(figure, sum[i] / count[i]);
        }
      }
      return mean;
    }

    Row least() {
      return least;
    }

    Row most() {
      return most;
    }
  }
}
