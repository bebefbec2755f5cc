package io.mosquittoha.management.security;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.security.Difference.Kind;
import io.mosquittoha.management.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The last changes, kept to be undone. */
final class Changes {

  private static final int KEPT = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Store store;

  Changes(Store store) {
    this.store = store;
    store.migrate(
        "security",
        1,
        """
        CREATE TABLE security_changes (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          at TEXT NOT NULL,
          who TEXT NOT NULL,
          summary TEXT NOT NULL,
          differences TEXT NOT NULL,
          passwords TEXT NOT NULL,
          undone INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """);
  }

  void add(String who, String summary, List<Difference> differences, List<String> passwords) {
    store.write(connection -> {
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO security_changes (at, who, summary, differences, passwords)"
                  + " VALUES (?, ?, ?, ?, ?)")) {
        insert.setString(1, Instant.now().toString());
        insert.setString(2, who);
        insert.setString(3, summary);
        insert.setString(4, write(differences));
        insert.setString(5, JSON.valueToTree(passwords).toString());
        insert.executeUpdate();
      }
      try (var delete =
          connection.prepareStatement(
              "DELETE FROM security_changes WHERE id <= (SELECT max(id) FROM security_changes)"
                  + " - ?")) {
        delete.setInt(1, KEPT);
        return delete.executeUpdate();
      }
    });
  }

  void undone(long id) {
    store.write(connection -> {
      try (var update =
          connection.prepareStatement("UPDATE security_changes SET undone = 1 WHERE id = ?")) {
        update.setLong(1, id);
        return update.executeUpdate();
      }
    });
  }

  /** The last ones, latest first. */
  List<Change> last(int limit) {
    return query("SELECT * FROM security_changes ORDER BY id DESC LIMIT ?", limit);
  }

  Optional<Change> find(long id) {
    return query("SELECT * FROM security_changes WHERE id = ?", id).stream().findFirst();
  }

  private List<Change> query(String sql, long parameter) {
    return store.read(connection -> {
      try (var query = connection.prepareStatement(sql)) {
        query.setLong(1, parameter);
        try (var rows = query.executeQuery()) {
          var all = new ArrayList<Change>();
          while (rows.next()) {
            all.add(change(rows));
          }
          return all;
        }
      }
    });
  }

  private static Change change(ResultSet row) throws SQLException {
    var passwords = new ArrayList<String>();
    parse(row.getString("passwords")).forEach(name -> passwords.add(name.asText()));
    var differences = new ArrayList<Difference>();
    for (var node : parse(row.getString("differences"))) {
      differences.add(
          new Difference(
              Kind.valueOf(node.path("kind").asText()),
              node.path("name").asText(),
              object(node.path("before")),
              object(node.path("after"))));
    }
    return new Change(
        row.getLong("id"),
        Instant.parse(row.getString("at")),
        row.getString("who"),
        row.getString("summary"),
        differences,
        passwords,
        row.getInt("undone") != 0);
  }

  private static Optional<ObjectNode> object(JsonNode node) {
    return node instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
  }

  private static String write(List<Difference> differences) {
    var all = JSON.createArrayNode();
    for (var difference : differences) {
      var node = all.addObject();
      node.put("kind", difference.kind().name()).put("name", difference.name());
      difference.before().ifPresent(before -> node.set("before", before));
      difference.after().ifPresent(after -> node.set("after", after));
    }
    return all.toString();
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was kept of a change is no JSON", e);
    }
  }
}
