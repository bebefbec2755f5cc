package io.mosquittoha.management.web;

import io.mosquittoha.management.store.Store;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Those who log in with a password. */
final class Users {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");

  private final Store store;
  private final Passwords passwords;
  private final InstantSource clock;

  Users(Store store, Passwords passwords, InstantSource clock) {
    this.store = store;
    this.passwords = passwords;
    this.clock = clock;
    store.migrate(
        "users",
        1,
        """
        CREATE TABLE users (
          name TEXT PRIMARY KEY COLLATE NOCASE,
          role TEXT NOT NULL,
          password TEXT NOT NULL,
          enabled INTEGER NOT NULL,
          must_change INTEGER NOT NULL,
          created INTEGER NOT NULL,
          last_login INTEGER
        ) STRICT\
        """);
  }

  List<User> all() {
    return store.read(connection -> {
      var users = new ArrayList<User>();
      try (var query = connection.prepareStatement("SELECT * FROM users ORDER BY name");
          var rows = query.executeQuery()) {
        while (rows.next()) {
          users.add(user(rows));
        }
      }
      return List.copyOf(users);
    });
  }

  Optional<User> find(String name) {
    return store.read(connection -> find(connection, name));
  }

  private static Optional<User> find(Connection connection, String name) throws SQLException {
    try (var query = connection.prepareStatement("SELECT * FROM users WHERE name = ?")) {
      query.setString(1, name);
      try (var rows = query.executeQuery()) {
        return rows.next() ? Optional.of(user(rows)) : Optional.empty();
      }
    }
  }

  User get(String name) {
    return find(name).orElseThrow(() -> unknown(name));
  }

  private static Problem unknown(String name) {
    return new Problem(404, "There is no user '%s'.".formatted(name));
  }

  private static User user(ResultSet row) throws SQLException {
    var login = row.getLong("last_login");
    return new User(
        row.getString("name"),
        Role.valueOf(row.getString("role")),
        row.getBoolean("enabled"),
        row.getBoolean("must_change"),
        Instant.ofEpochMilli(row.getLong("created")),
        login == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(login)));
  }

  /** The user of that name and password, if they may log in. */
  Optional<User> authenticate(String name, String password) {
    var hash = hash(name);
    if (hash.isEmpty()) {
      passwords.matchesNobody(password);
      return Optional.empty();
    }
    if (!passwords.matches(password, hash.get())) {
      return Optional.empty();
    }
    return find(name).filter(User::enabled);
  }

  private Optional<String> hash(String name) {
    return store.read(connection -> {
      try (var query = connection.prepareStatement("SELECT password FROM users WHERE name = ?")) {
        query.setString(1, name);
        try (var rows = query.executeQuery()) {
          return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
        }
      }
    });
  }

  void loggedIn(String name) {
    store.write(connection -> {
      try (var update =
          connection.prepareStatement("UPDATE users SET last_login = ? WHERE name = ?")) {
        update.setLong(1, clock.millis());
        update.setString(2, name);
        return update.executeUpdate();
      }
    });
  }

  /** Makes a user, who has to choose another password at first. */
  void create(String name, Role role, String password) {
    if (!NAME.matcher(name).matches()) {
      throw new Problem(
          400,
          "A user's name has 1 to 64 letters, digits, and . _ @ -, and begins with a letter or"
              + " digit.");
    }
    checkRole(role);
    Passwords.check(name, password);
    var hash = passwords.hash(password);
    var made =
        store.write(connection -> {
          try (var insert =
              connection.prepareStatement(
                  "INSERT OR IGNORE INTO users VALUES (?, ?, ?, 1, 1, ?, NULL)")) {
            insert.setString(1, name);
            insert.setString(2, role.name());
            insert.setString(3, hash);
            insert.setLong(4, clock.millis());
            return insert.executeUpdate() == 1;
          }
        });
    if (!made) {
      throw new Problem(409, "There is a user '%s' already.".formatted(name));
    }
  }

  static void checkRole(Role role) {
    if (role == Role.ANYONE) {
      throw new Problem(400, "The role is one of VIEWER, EDITOR, ADMIN.");
    }
  }

  /** Changes what a user may do. */
  void change(String name, Role role, boolean enabled) {
    checkRole(role);
    store.write(connection -> {
      var user = find(connection, name).orElseThrow(() -> unknown(name));
      if (role != Role.ADMIN || !enabled) {
        keepAnAdmin(connection, user);
      }
      try (var update =
          connection.prepareStatement("UPDATE users SET role = ?, enabled = ? WHERE name = ?")) {
        update.setString(1, role.name());
        update.setBoolean(2, enabled);
        update.setString(3, name);
        return update.executeUpdate();
      }
    });
  }

  void remove(String name) {
    store.write(connection -> {
      keepAnAdmin(connection, find(connection, name).orElseThrow(() -> unknown(name)));
      try (var delete = connection.prepareStatement("DELETE FROM users WHERE name = ?")) {
        delete.setString(1, name);
        return delete.executeUpdate();
      }
    });
  }

  private static void keepAnAdmin(Connection connection, User user) throws SQLException {
    if (user.role() != Role.ADMIN || !user.enabled()) {
      return;
    }
    try (var query =
        connection.prepareStatement(
            "SELECT 1 FROM users WHERE role = 'ADMIN' AND enabled AND name <> ?")) {
      query.setString(1, user.name());
      try (var rows = query.executeQuery()) {
        if (!rows.next()) {
          throw new Problem(
              409,
              "'%s' is the only admin who can log in. Make another user an admin first."
                  .formatted(user.name()));
        }
      }
    }
  }

  /**
   * Chooses one's own password.
   *
   * @throws Problem 403 if the current one is wrong
   */
  void choose(String name, String current, String password) {
    var hash = hash(name).orElseThrow(() -> unknown(name));
    if (!passwords.matches(current, hash)) {
      throw new Problem(403, "The current password is wrong.");
    }
    Passwords.check(name, password);
    if (current.equals(password)) {
      throw new Problem(400, "That is the password you have. Choose another.");
    }
    setPassword(name, password, false);
  }

  /** Gives a user a password, which they have to change. */
  void reset(String name, String password) {
    get(name);
    Passwords.check(name, password);
    setPassword(name, password, true);
  }

  private void setPassword(String name, String password, boolean mustChange) {
    var hash = passwords.hash(password);
    store.write(connection -> {
      try (var update =
          connection.prepareStatement(
              "UPDATE users SET password = ?, must_change = ? WHERE name = ?")) {
        update.setString(1, hash);
        update.setBoolean(2, mustChange);
        update.setString(3, name);
        return update.executeUpdate();
      }
    });
  }
}
