package io.mosquittoha.management.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.mqtt.Control;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.stub.StubRoutes;
import io.mosquittoha.management.stub.StubVisit;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecurityRoomTest {

  /** Whom only the patient wait for. */
  private static final class Gone implements Control {

    private boolean back;

    @Override
    public List<ObjectNode> send(List<ObjectNode> commands) {
      throw new AssertionError("a page waited too long");
    }

    @Override
    public Control within(Duration patience) {
      assertThat(patience).isLessThanOrEqualTo(Duration.ofSeconds(2));
      return new Control() {
        @Override
        public List<ObjectNode> send(List<ObjectNode> commands) {
          if (!back) {
            throw new Problem(503, "No broker serves <now>.");
          }
          return commands.stream().map(_ -> JsonNodeFactory.instance.objectNode()).toList();
        }

        @Override
        public ObjectNode broker(String name, ObjectNode command) {
          throw new AssertionError("not asked");
        }
      };
    }

    @Override
    public ObjectNode broker(String name, ObjectNode command) {
      throw new AssertionError("not asked");
    }
  }

  private final Gone control = new Gone();
  private Store store;
  private StubRoutes routes;

  @BeforeEach
  void open(@TempDir Path folder) {
    store = SqliteStore.open(folder);
    routes =
        new StubRoutes(
            new SecurityRoom(new Security(control, new StubCluster(), store, name -> {}, "own")));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private StubVisit get(String path, Map<String, String> parameters) throws Exception {
    return routes.call("GET " + path, StubVisit.of(Role.ADMIN, parameters));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/security",
        "/security/groups",
        "/security/roles",
        "/security/defaults",
        "/security/clients/{name}",
        "/security/groups/{name}",
        "/security/roles/{name}",
        "/security/new/client",
        "/security/new/group",
        "/security/new/role"
      })
  void page_whenNoBrokerServes_thenSaysSo_andLoadsAgainByItself(String path) throws Exception {
    assertThat(get(path, Map.of("name", "x")).page)
        .contains("Security can't be read now", "No broker serves &lt;now")
        .contains("hx-get=\"/base/parts/security/again\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"clients", "groups", "roles"})
  void piece_whenNoBrokerServes_thenSaysSo_andAsksAgain(String kind) throws Exception {
    assertThat(get("/parts/security/" + kind, Map.of("offset", "50")).page)
        .startsWith("<div id=\"found\"")
        .contains("Security can't be read now", "every 5s")
        .contains("hx-get=\"/base/parts/security/%s?offset=50\"".formatted(kind));
  }

  @Test
  void tester_whenNoBrokerServes_thenTheAnswerIsWhy() throws Exception {
    assertThat(get("/security/tester", Map.of("topic", "a")).page).contains("No broker serves");
    assertThat(get("/parts/security/decision", Map.of("topic", "a")).page)
        .contains("No broker serves");
  }

  @Test
  void page_whenABrokerServesAgain_thenIsTold() throws Exception {
    assertThat(get("/parts/security/again", Map.of()).headers).isEmpty();

    control.back = true;

    assertThat(get("/parts/security/again", Map.of()).headers).containsEntry("HX-Refresh", "true");
    assertThat(get("/security", Map.of()).page).contains("No clients yet");
  }
}
