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

/** What programmes use the REST interface with. */
public final class Tokens {

  private static final String MARK = "mha_";
  private static final Duration GRAIN = Duration.ofMinutes(1);

  private final Store store;
  private final InstantSource clock;

  Tokens(Store store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
    store.migrate(
        "tokens",
        1,
        """
        CREATE TABLE tokens (
          name TEXT PRIMARY KEY COLLATE NOCASE,
          hash BLOB NOT NULL UNIQUE,
          beginning TEXT NOT NULL,
          role TEXT NOT NULL,
          creator TEXT NOT NULL,
          created INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          used INTEGER
        ) STRICT\
        """);
  }

  /**
   * A token, without what lets in.
   *
   * @param beginning its first characters, by which its owner knows it again
   */
  public record Token(
      String name,
      String beginning,
      Role role,
      String creator,
      Instant created,
      Instant expires,
      Optional<Instant> used,
      boolean expired) {}

  /** Makes one; what is returned is never known again. */
  String create(String name, Role role, String creator, int days) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new Problem(
          400,
          "A token's name has 1 to 64 letters, digits, and . _ -, and begins with a letter or"
              + " digit.");
    }
    if (days < 1 || days > 3650) {
      throw new Problem(400, "A token is good for 1 to 3650 days.");
    }
    Users.checkRole(role);
    var token = MARK + Secret.fresh();
    var now = clock.instant();
    var made =
        store.write(connection -> {
          try (var insert =
              connection.prepareStatement(
                  "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL)")) {
            insert.setString(1, name);
            insert.setBytes(2, Secret.hash(token));
            insert.setString(3, token.substring(0, MARK.length() + 6));
            insert.setString(4, role.name());
            insert.setString(5, creator);
            insert.setLong(6, now.toEpochMilli());
            insert.setLong(7, now.plus(Duration.ofDays(days)).toEpochMilli());
            return insert.executeUpdate() == 1;
          }
        });
    if (!made) {
      throw new Problem(409, "There is a token '%s' already.".formatted(name));
    }
    return token;
  }

  List<Token> all() {
    return store.read(connection -> {
      var tokens = new ArrayList<Token>();
      try (var query = connection.prepareStatement("SELECT * FROM tokens ORDER BY name");
          var rows = query.executeQuery()) {
        while (rows.next()) {
          tokens.add(token(rows));
        }
      }
      return List.copyOf(tokens);
    });
  }

  /** The token, if it is one that still lets in. */
  Optional<Token> find(String secret) {
    if (!secret.startsWith(MARK)) {
      return Optional.empty();
    }
    return findByHash(Secret.hash(secret));
  }

  Optional<Token> findByHash(byte[] hash) {
    var found =
        store.read(connection -> {
          try (var query = connection.prepareStatement("SELECT * FROM tokens WHERE hash = ?")) {
            query.setBytes(1, hash);
            try (var rows = query.executeQuery()) {
              return rows.next() ? Optional.of(token(rows)) : Optional.<Token>empty();
            }
          }
        });
    return found.filter(token -> !token.expired());
  }

  private Token token(ResultSet row) throws SQLException {
    var used = row.getLong("used");
    var expires = Instant.ofEpochMilli(row.getLong("expires"));
    return new Token(
        row.getString("name"),
        row.getString("beginning"),
        Role.valueOf(row.getString("role")),
        row.getString("creator"),
        Instant.ofEpochMilli(row.getLong("created")),
        expires,
        used == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(used)),
        !expires.isAfter(clock.instant()));
  }

  void used(Token token) {
    var now = clock.instant();
    if (token.used().isPresent() && token.used().get().plus(GRAIN).isAfter(now)) {
      return;
    }
    store.write(connection -> {
      try (var update = connection.prepareStatement("UPDATE tokens SET used = ? WHERE name = ?")) {
        update.setLong(1, now.toEpochMilli());
        update.setString(2, token.name());
        return update.executeUpdate();
      }
    });
  }

  Token remove(String name) {
    var token =
        all().stream()
            .filter(each -> each.name().equalsIgnoreCase(name))
            .findFirst()
            .orElseThrow(() -> new Problem(404, "There is no token '%s'.".formatted(name)));
    store.write(connection -> {
      try (var delete = connection.prepareStatement("DELETE FROM tokens WHERE name = ?")) {
        delete.setString(1, name);
        return delete.executeUpdate();
      }
    });
    return token;
  }
}
