package io.mosquittoha.management.clients;

import static io.mosquittoha.management.stub.StubCluster.client;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.cluster.Cluster.Subscription;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.stub.StubBroker;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.stub.StubRoutes;
import io.mosquittoha.management.stub.StubVisit;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientsRoomTest {

  private static final Pattern ADDRESS =
      Pattern.compile("(?:href|hx-[a-z]+|data-href|data-confirm-load)=\"(/[^\"]*)\"");

  private static final Pattern BUTTON =
      Pattern.compile(
          "data-test=\"disable-account\" data-change=\"POST\" data-path=\"([^\"]*)\""
              + " data-body=\"([^\"]*)\"");

  private static final Pattern QUOTED = Pattern.compile("=(?:\"[^\"]*\"|'[^']*')");

  @TempDir Path folder;
  private final StubCluster cluster = new StubCluster();
  private final List<String> events = new ArrayList<>();
  private ClientsRoom room;
  private StubRoutes routes;

  @BeforeEach
  void open() throws Exception {
    open("variant=ha");
  }

  private void open(String lines) throws IOException, Settings.WrongException {
    var settings =
        Settings.read(Files.writeString(folder.resolve("center.properties"), lines + "\n"));
    var password = Files.writeString(folder.resolve("password"), "secret");
    room =
        new ClientsRoom(settings, cluster, new Account(settings.account(), password), events::add);
    routes = new StubRoutes(room);
  }

  @AfterEach
  void close() {
    room.close();
  }

  private static void assertProblem(ThrowingCallable call, int status, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(status))
        .satisfies(e -> {
          for (var word : words) {
            assertThat(e).hasMessageContaining(word);
          }
        });
  }

  private StubVisit list(Map<String, String> query) throws Exception {
    return routes.call("GET /parts/clients/list", StubVisit.of(Role.EDITOR, query));
  }

  private StubVisit act(String route, String id) throws Exception {
    return routes.call(route, StubVisit.of(Role.EDITOR, Map.of("id", ClientKey.of(id))));
  }

  @Test
  void pages_whenIdsUsersAndFiltersAreHostile_thenNothingOfThemIsMarkupOrAnAddress()
      throws Exception {
    for (var id : ClientKeyTest.HOSTILE) {
      cluster.clients.clear();
      cluster.subscriptions.clear();
      cluster.add(client(id, id, true));
      cluster.subscriptions.add(new Subscription(id, id, 1));
      var visits =
          List.of(
              list(Map.of("search", id)),
              routes.call("GET /clients", StubVisit.of(Role.EDITOR, Map.of("search", id))),
              act("GET /clients/{id}", id),
              act("GET /parts/clients/one/{id}", id));
      for (var visit : visits) {
        // In quotes they may be; what would end the quotes is escaped, or this would not hold.
        assertThat(QUOTED.matcher(visit.page).replaceAll("=_"))
            .doesNotContain("<img", "<script>alert", "onerror=alert(1)>", "49{{")
            .doesNotContain("\u202E", "\u0001", "\u2028");
        var addresses = ADDRESS.matcher(visit.page);
        while (addresses.find()) {
          assertThat(addresses.group(1))
              .matches("/base/[A-Za-z0-9._~:@$=,+?&#%/;*-]*")
              .doesNotContain("/../", "//");
        }
      }
    }
  }

  @Test
  void list_whenThereAreMoreThanAPage_thenPagesMeetAndTheAddressSaysWhichOneItIs()
      throws Exception {
    for (var i = 0; i < 120; i++) {
      cluster.add(client("c%03d".formatted(i), "u", i % 2 == 0));
    }
    var first = list(Map.of("sort", "id"));
    assertThat(first.page).contains("c000", "c049", "1–50 of 120").doesNotContain("c050");
    var last = list(Map.of("sort", "id", "offset", "100"));
    assertThat(last.page).contains("c100", "c119", "101–120 of 120");
    assertThat(last.headers).containsEntry("HX-Replace-Url", "/clients?sort=id&offset=100");
    var beyond = list(Map.of("sort", "id", "offset", "5000"));
    assertThat(beyond.page).as("the last that there is").contains("c119", "101–120 of 120");
    assertThat(list(Map.of("presence", "away")).page).contains("c001").doesNotContain("c002");
    assertThat(list(Map.of("search", "c11")).page).contains("1–10 of 10");
  }

  @ParameterizedTest
  @CsvSource({"presence,there", "sort,beauty", "offset,-1", "limit,10001", "limit,x"})
  void list_whenTheQueryIsWrong_thenItIsRefused(String name, String value) {
    assertProblem(() -> list(Map.of(name, value)), 400, name);
  }

  @Test
  void list_whenNobodyCanBeAsked_thenThePageSaysWhyAndAsksAgain() throws Exception {
    cluster.problem = Optional.of(new Problem(503, "Nobody leads now."));
    assertThat(list(Map.of()).page)
        .contains("Nobody leads now.", "every 20s")
        .doesNotContain("No clients yet");
  }

  @Test
  void list_whenThereAreNone_thenItSaysWhetherOneLookedForSomething() throws Exception {
    assertThat(list(Map.of()).page).contains("No clients yet");
    assertThat(list(Map.of("search", "x")).page).contains("No client is like that");
  }

  @Test
  void list_whenAViewerLooks_thenThereIsNothingToDo() throws Exception {
    cluster.add(client("a", "u", true));
    var page = routes.call("GET /parts/clients/list", StubVisit.of(Role.VIEWER, Map.of())).page;
    assertThat(page).contains("client-row").doesNotContain("disconnect");
    assertThat(routes.least("POST /api/v1/clients/{id}/disconnect")).isEqualTo(Role.EDITOR);
    assertThat(routes.least("DELETE /api/v1/clients/{id}")).isEqualTo(Role.EDITOR);
  }

  @Test
  void list_whenThereAreNoAgents_thenThePageSaysWhatItCannotShow() throws Exception {
    open("variant=autoscaling");
    cluster.problem = Optional.of(new Problem(500, "must not be asked"));
    var page = routes.call("GET /clients", StubVisit.of(Role.ADMIN, Map.of())).page;
    assertThat(page).contains("can't be listed in this variant", "have no agents");
    assertProblem(
        () -> routes.call("GET /api/v1/clients", StubVisit.of(Role.ADMIN, Map.of())),
        501,
        "no agent");
    assertProblem(() -> act("DELETE /api/v1/clients/{id}", "a"), 501, "no agent");
  }

  @Test
  void disconnect_whenTheClientIsThere_thenItIsCutOffAndThatIsWrittenDown() throws Exception {
    cluster.add(client("a/b", "u", true));
    var visit = act("POST /api/v1/clients/{id}/disconnect", "a/b");
    assertThat(cluster.disconnected).containsExactly("a/b");
    assertThat(visit.done).contains("a/b");
    assertThat(visit.written)
        .singleElement()
        .satisfies(it -> {
          assertThat(it.action()).isEqualTo("client.disconnect");
          assertThat(it.target()).isEqualTo("a/b");
        });
    assertThat(events).contains("clients");
    assertProblem(() -> act("POST /api/v1/clients/{id}/disconnect", "a"), 404);
  }

  @Test
  void delete_whenThereIsASession_thenItsIdIsTakenOverWithACleanStart() throws Exception {
    for (var id : List.of("a", "a/b ü", "%2F", "x".repeat(23_000))) {
      cluster.add(client(id, "u", false));
      cluster.add(client("other", "u", false));
      try (var broker = new StubBroker(came -> cluster.clients.remove(came.clientId()))) {
        cluster.serving = Optional.of(broker.address());
        var visit = act("DELETE /api/v1/clients/{id}", id);
        assertThat(broker.came).containsExactly(new StubBroker.Came(id, true));
        assertThat(visit.done).contains("is deleted");
        assertThat(visit.written).extracting(StubVisit.Written::action).contains("session.delete");
      }
      assertThat(cluster.clients).containsOnlyKeys("other");
    }
  }

  @Test
  void delete_whenTheClientComesBackAtOnce_thenItsSessionIsANewOne() throws Exception {
    cluster.add(client("a", "u", true));
    try (var broker = new StubBroker(came -> cluster.add(client("a", "u", true)))) {
      cluster.serving = Optional.of(broker.address());
      assertThat(act("DELETE /api/v1/clients/{id}", "a").done).contains("is deleted");
    }
  }

  @Test
  void delete_whenTheBrokerRefuses_thenTheReasonIsSaidAndWrittenDown() throws Exception {
    cluster.add(client("a", "u", false));
    var parameters = new HashMap<String, String>(Map.of("id", "a"));
    var visit = StubVisit.of(Role.EDITOR, parameters);
    try (var broker = new StubBroker(came -> {})) {
      broker.reason = 0x87;
      cluster.serving = Optional.of(broker.address());
      assertProblem(
          () -> routes.call("DELETE /api/v1/clients/{id}", visit),
          503,
          "does not let this application take the client's place",
          "management-center");
    }
    assertThat(String.valueOf(visit.written.getFirst().after())).contains("refused");
    cluster.serving = Optional.empty();
    assertProblem(() -> act("DELETE /api/v1/clients/{id}", "a"), 503, "No broker serves");
    assertThat(cluster.clients).containsKey("a");
  }

  @Test
  void disable_whenTheClientHasAnAccount_thenSecurityIsAskedToWhateverItsName() throws Exception {
    for (var username : ClientKeyTest.HOSTILE) {
      if (username.isEmpty()) {
        continue;
      }
      cluster.add(client("a", username, true));
      var button = BUTTON.matcher(act("GET /clients/{id}", "a").page);
      assertThat(button.find()).isTrue();
      assertThat(button.group(1)).isEqualTo("/api/v1/security/clients/bulk");
      var body = new ObjectMapper().readTree(text(button.group(2)));
      assertThat(body.path("action").asText()).isEqualTo("disable");
      assertThat(body.path("names"))
          .singleElement()
          .extracting(JsonNode::asText)
          .isEqualTo(username);
    }
  }

  /** What a browser reads of an attribute. */
  private static String text(String escaped) {
    return escaped
        .replace("&lt;", "<")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
  }

  @Test
  void disable_whenTheClientGaveNoName_thenThereIsNoAccountToDisable() throws Exception {
    cluster.add(client("b", "", true));
    assertThat(act("GET /clients/{id}", "b").page)
        .contains("delete-session")
        .doesNotContain("disable-account");
  }
}
