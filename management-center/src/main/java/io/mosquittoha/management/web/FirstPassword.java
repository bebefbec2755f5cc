package io.mosquittoha.management.web;

import io.mosquittoha.management.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The password that the Secret has for {@code admin}. It makes the first user; and when somebody
 * puts another into the Secret and starts this application again, {@code admin} has that one:
 * whoever may write the Secret is let in again when the password is lost.
 */
final class FirstPassword {

  static final String ADMIN = "admin";

  private static final Logger LOG = LoggerFactory.getLogger(FirstPassword.class);
  private static final Person SECRET = new Person("the Secret", Role.ADMIN, "start");

  private final Store store;
  private final Passwords passwords;
  private final Users users;
  private final Sessions sessions;
  private final Audit audit;
  private final Path file;
  private final InstantSource clock;
  private boolean compared;

  FirstPassword(
      Store store,
      Passwords passwords,
      Users users,
      Sessions sessions,
      Audit audit,
      Path file,
      InstantSource clock) {
    this.store = store;
    this.passwords = passwords;
    this.users = users;
    this.sessions = sessions;
    this.audit = audit;
    this.file = file;
    this.clock = clock;
    store.migrate(
        "first_password",
        1,
        """
        CREATE TABLE first_password (
          one INTEGER PRIMARY KEY CHECK (one = 1),
          hash TEXT NOT NULL
        ) STRICT\
        """);
  }

  /** After the start, so that sessions of a lost password end without anybody's logging in. */
  void look() {
    // The first user is made when somebody logs in: a hash takes time and memory.
    if (!users.all().isEmpty()) {
      apply();
    }
  }

  /**
   * Before anybody logs in: there is an admin, and a password that is new in the Secret is theirs.
   *
   * @throws Problem 503 if there are no users, and it cannot be read
   */
  synchronized void apply() {
    if (compared) {
      return;
    }
    boolean begun = !users.all().isEmpty();
    String first;
    try {
      first = read();
    } catch (Problem e) {
      if (begun) {
        LOG.warn("Nobody can be let in by it now: {}", e.getMessage());
        return;
      }
      throw new Problem(503, "There are no users yet. " + e.getMessage());
    }
    var last = last();
    if (!begun) {
      give(passwords.hash(first));
    } else if (last.isEmpty()) {
      // Users of a version that did not keep it: nobody's password is taken from them.
      var hash = passwords.hash(first);
      store.write(connection -> keep(connection, hash));
    } else if (!passwords.matches(first, last.get())) {
      recover(first);
    }
    compared = true;
  }

  private void recover(String first) {
    var before = users.find(ADMIN);
    var hash = passwords.hash(first);
    var ended = sessions.endAll(ADMIN, "");
    // If it stops before the last of these, all of them are done at the next start.
    audit.write(
        SECRET,
        "user.recover",
        ADMIN,
        before.map(user -> Map.of("role", user.role(), "enabled", user.enabled())).orElse(null),
        Map.of(
            "why",
            "The Secret has another first password than at the start before.",
            "role",
            Role.ADMIN,
            "enabled",
            true,
            "mustChangeIt",
            true,
            "sessionsEnded",
            ended));
    give(hash);
    LOG.warn("The first password in {} is new: the user {} has it now.", file, ADMIN);
  }

  private String read() {
    String first;
    try {
      first = Files.readString(file).strip();
    } catch (IOException e) {
      throw new Problem(
          503, "The first password, %s, cannot be read. Check its Secret.".formatted(file));
    }
    if (first.isEmpty() || first.length() > Passwords.MOST) {
      throw new Problem(
          503,
          "The first password, %s, has %d characters. Give its Secret one of 1 to %d."
              .formatted(file, first.length(), Passwords.MOST));
    }
    return first;
  }

  private Optional<String> last() {
    return store.read(connection -> {
      try (var query = connection.prepareStatement("SELECT hash FROM first_password");
          var rows = query.executeQuery()) {
        return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
      }
    });
  }

  private void give(String hash) {
    store.write(connection -> {
      try (var upsert =
          connection.prepareStatement(
              "INSERT INTO users VALUES (?, 'ADMIN', ?, 1, 1, ?, NULL) ON CONFLICT (name) DO UPDATE"
                  + " SET role = 'ADMIN', password = excluded.password, enabled = 1,"
                  + " must_change = 1")) {
        upsert.setString(1, ADMIN);
        upsert.setString(2, hash);
        upsert.setLong(3, clock.millis());
        upsert.executeUpdate();
      }
      return keep(connection, hash);
    });
  }

  private static int keep(Connection connection, String hash) throws SQLException {
    try (var replace =
        connection.prepareStatement("INSERT OR REPLACE INTO first_password VALUES (1, ?)")) {
      replace.setString(1, hash);
      return replace.executeUpdate();
    }
  }
}
