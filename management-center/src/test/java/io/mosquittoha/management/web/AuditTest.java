package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.form;
import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.store.StoreException;
import io.mosquittoha.management.web.AuditTrail.Entry;
import io.mosquittoha.management.web.AuditTrail.Search;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTest {

  private static final Person ALICE = new Person("alice", Role.EDITOR, "10.0.0.1");

  @TempDir Path folder;
  @TempDir Path other;

  private Instant now = Instant.now().minus(Duration.ofDays(500));
  private Store store;
  private AuditTrail trail;

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder);
    trail = new AuditTrail(store, Server.mapper(), name -> {}, () -> now);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void write(String action, String target) {
    trail.write(ALICE, action, target, null, Map.of("target", target));
  }

  private void run(String sql) {
    store.write(connection -> execute(connection, sql));
  }

  private static boolean execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      return statement.execute(sql);
    }
  }

  @Test
  void entry_whenSomebodyChangesOrDeletesIt_thenTheDatabaseRefuses() {
    now = Instant.now();
    write("client.disconnect", "sensor-1");

    for (var sql :
        List.of(
            "UPDATE audit SET person = 'bob'",
            "DELETE FROM audit",
            "DELETE FROM audit WHERE id = 1")) {
      assertThatThrownBy(() -> run(sql))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("append-only");
    }
    assertThat(trail.find(Search.ALL, 10)).hasSize(1);
  }

  @Test
  void entry_whenItIsOldButNotTheOldest_thenCannotBeTakenOutOfTheMiddle() {
    write("a", "1");
    write("a", "2");
    write("a", "3");

    assertThatThrownBy(() -> run("DELETE FROM audit WHERE id = 2"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("append-only");
  }

  @Test
  void chain_whenSomebodyGetsRoundTheTriggers_thenTheCheckSaysWhere() {
    for (var i = 0; i < 5; i++) {
      write("a", "thing-" + i);
    }
    assertThat(trail.check().intact()).isTrue();

    run("DROP TRIGGER audit_never_changes");
    run("UPDATE audit SET target = 'something else' WHERE id = 3");

    assertThat(trail.check().intact()).isFalse();
    assertThat(trail.check().says()).contains("Entry 3");
  }

  @Test
  void prune_whenEntriesAreTooOld_thenOnlyTheyGo_andTheChainIsWhole() {
    write("a", "old");
    write("a", "old too");
    now = Instant.now();
    write("a", "young");

    trail.prune();

    assertThat(trail.find(Search.ALL, 10))
        .extracting(Entry::action, Entry::target)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("audit.prune", "2 entries that were too old"),
            org.assertj.core.groups.Tuple.tuple("a", "young"));
    assertThat(trail.check().intact()).isTrue();
    assertThat(trail.check().entries()).isEqualTo(2);
  }

  @Test
  void prune_whenAllAreTooOld_thenTheNextStillFollowsFromTheLast() {
    write("a", "old");
    var last = trail.check().hash();
    now = Instant.now();

    trail.prune();

    assertThat(trail.check().intact()).isTrue();
    assertThat(trail.check().hash()).isNotEqualTo(last);
    assertThat(trail.find(Search.ALL, 10)).extracting(Entry::id).containsExactly(2L);
  }

  @Test
  void secret_whenARoomForgetsItself_thenIsNotKept() {
    trail.write(
        ALICE,
        "a",
        "b",
        Map.of("password", "p-1"),
        Map.of("deep", List.of(Map.of("apiToken", "t-1"))));

    assertThat(trail.find(Search.ALL, 1).getFirst())
        .satisfies(entry -> {
          assertThat(entry.before()).doesNotContain("p-1").contains("•••");
          assertThat(entry.after()).doesNotContain("t-1").contains("•••");
        });
  }

  @Test
  void find_whenAskedForSome_thenGivesThose_theLatestFirst() {
    write("client.disconnect", "sensor-1");
    now = now.plus(Duration.ofDays(1));
    write("client.delete", "sensor-2");
    trail.write(new Person("bob", Role.ADMIN, "10.0.0.2"), "user.create", "eve", null, null);

    assertThat(found(new Search("ALI", "client.", "", none(), none(), Optional.empty())))
        .containsExactly("sensor-2", "sensor-1");
    assertThat(found(new Search("", "", "EV", none(), none(), Optional.empty())))
        .containsExactly("eve");
    assertThat(found(new Search("", "", "%", none(), none(), Optional.empty()))).isEmpty();
    assertThat(
            found(
                new Search("", "", "", none(), Optional.of(now.minusSeconds(9)), Optional.empty())))
        .containsExactly("sensor-1");
    assertThat(found(new Search("", "", "", none(), none(), Optional.of(2L))))
        .containsExactly("sensor-1");
  }

  private static Optional<Instant> none() {
    return Optional.empty();
  }

  private List<String> found(Search search) {
    return trail.find(search, 10).stream().map(Entry::target).toList();
  }

  @Test
  void export_whenAValueLooksLikeAFormula_thenASpreadsheetShowsItAsText() {
    try (var running = Running.in(other)) {
      var admin = running.admin();
      running.web().audit().write(ALICE, "a", "=HYPERLINK(\"http://evil\")", null, null);

      var csv = admin.get("/api/v1/audit/export?format=csv&" + form("action", "a"));
      var all = json(admin.get("/api/v1/audit/export?format=json"));

      assertThat(csv.headers().firstValue("Content-Disposition"))
          .hasValue("attachment; filename=\"audit.csv\"");
      assertThat(csv.body().lines())
          .hasSize(2)
          .last()
          .asString()
          .contains("\"'=HYPERLINK(\"\"http://evil\"\")\"");
      assertThat(all).hasSizeGreaterThan(2);
    }
  }
}
