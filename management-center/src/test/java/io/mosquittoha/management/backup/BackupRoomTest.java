package io.mosquittoha.management.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.StubBroker;
import io.mosquittoha.management.security.Security;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.stub.StubRoutes;
import io.mosquittoha.management.stub.StubVisit;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackupRoomTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RESTORE = "POST /api/v1/backup/restore";
  private static final String DOWNLOAD = "GET /api/v1/backup";
  private static final String HAS =
      """
      {"clients": [
         {"username": "admin", "roles": [{"rolename": "all"}], "groups": []},
         {"username": "management-center", "roles": [{"rolename": "all"}], "groups": []},
         {"username": "sensor", "roles": [], "groups": []}],
       "groups": [],
       "roles": [{"rolename": "all", "acls": [
         {"acltype": "publishClientSend", "topic": "#", "priority": 0, "allow": true},
         {"acltype": "publishClientSend", "topic": "$CONTROL/#", "priority": 0, "allow": true},
         {"acltype": "publishClientSend", "topic": "closed/#", "priority": 9, "allow": false},
         {"acltype": "publishClientReceive", "topic": "$CONTROL/#", "priority": 0, "allow": true},
         {"acltype": "subscribePattern", "topic": "$CONTROL/#", "priority": 0, "allow": true}]}]}
      """;

  private StubBroker broker;
  private StubSecurity control;
  private Store store;
  private StubRoutes routes;

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    broker = new StubBroker();
    store = SqliteStore.open(folder);
    control = new StubSecurity((ObjectNode) JSON.readTree(HAS));
    var cluster = new StubCluster();
    cluster.serving = Optional.of(broker.address());
    var account =
        new Account("management-center", Files.writeString(folder.resolve("account"), "secret\n"));
    var settings =
        Settings.read(Files.writeString(folder.resolve("center.properties"), "release=demo"));
    var security = new Security(control, cluster, store, name -> {}, "management-center");
    routes = new StubRoutes(new BackupRoom(settings, security, cluster, account));
  }

  @AfterEach
  void close() throws Exception {
    broker.close();
    store.close();
  }

  private static Message retained(String topic, String payload) {
    return Message.of(topic, payload.getBytes(StandardCharsets.UTF_8), 0, true);
  }

  private ObjectNode download(String... query) throws Exception {
    var visit = routes.call(DOWNLOAD, StubVisit.of(Role.EDITOR, parameters(query)));
    return (ObjectNode) JSON.readTree(visit.result);
  }

  private StubVisit restore(JsonNode backup, String... query) throws Exception {
    return routes.call(RESTORE, StubVisit.with(backup, parameters(query)));
  }

  private static Map<String, String> parameters(String... query) {
    var all = new java.util.HashMap<String, String>();
    for (var i = 0; i < query.length; i += 2) {
      all.put(query[i], query[i + 1]);
    }
    return all;
  }

  /** A backup of messages, as somebody may have written it. */
  private static ObjectNode backup(String filter, Message... messages) {
    var all = JSON.createObjectNode().put("kind", "mosquitto-ha-backup").put("version", 1);
    var list = all.putObject("retained").put("filter", filter).putArray("messages");
    for (var message : messages) {
      list.addObject()
          .put("topic", message.topic())
          .put("payload", Base64.getEncoder().encodeToString(message.payload()));
    }
    return all;
  }

  @Test
  void retained_whenRestored_thenOnlyWhatDiffersIsPublished_toBeRetained() throws Exception {
    broker.retaining(
        List.of(retained("a/same", "1"), retained("a/changes", "1"), retained("a/goes", "1")));
    var backup = download("retained", "a/#");
    broker.retaining(
        List.of(retained("a/same", "1"), retained("a/changes", "2"), retained("a/new", "1")));

    var preview = restore(backup, "preview", "true", "remove", "true");

    assertThat(broker.messages()).isEmpty();
    assertThat(String.valueOf(preview.json))
        .contains("a/changes", "a/goes", "a/new", "3 retained messages")
        .doesNotContain("a/same");

    var restored = restore(backup, "remove", "true");

    assertThat(broker.messages())
        .extracting(
            Message::topic,
            message -> new String(message.payload(), StandardCharsets.UTF_8),
            Message::retain,
            Message::qos)
        .containsExactlyInAnyOrder(
            tuple("a/changes", "1", true, 1),
            tuple("a/goes", "1", true, 1),
            tuple("a/new", "", true, 1));
    assertThat(restored.done).contains("3 retained messages");
    assertThat(restored.written)
        .singleElement()
        .satisfies(written -> assertThat(written.after()).asString().contains("published=3"));
    assertThat(control.commands).isEmpty();
  }

  @Test
  void retained_whenNothingIsToBeRemoved_thenOthersStay() throws Exception {
    broker.retaining(List.of(retained("a/other", "1")));

    restore(backup("a/#", retained("a/mine", "x")));

    assertThat(broker.messages()).extracting(Message::topic).containsExactly("a/mine");
  }

  @Test
  void retained_whenTheAccountMayNotPublishOneOfThem_thenNothingIsDone() throws Exception {
    var backup = backup("#", retained("a", "1"), retained("closed/door", "1"));
    backup.set("security", security("other"));

    assertThatThrownBy(() -> restore(backup))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(403))
        .hasMessageContaining("closed/door")
        .hasMessageContaining("Nothing was done");
    assertThat(broker.messages()).isEmpty();
    assertThat(control.commands).isEmpty();
  }

  @Test
  void retained_whenTheBrokerRefusesHalfWay_thenTheAuditSaysHowManyItTook() {
    broker.publishReason(0x97);
    var visit = StubVisit.with(backup("#", retained("a", "1"), retained("b", "1")), Map.of());

    assertThatThrownBy(() -> routes.call(RESTORE, visit))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("0 of 2 messages");
    assertThat(visit.written)
        .singleElement()
        .satisfies(written ->
            assertThat(written.after()).asString().contains("toPublish=2", "published=0"));
  }

  private static ObjectNode security(String newAccount) throws Exception {
    var all = (ObjectNode) JSON.readTree(HAS);
    all.withArray("clients").addObject().put("username", newAccount).putArray("roles");
    return all;
  }

  @Test
  void security_whenRestored_thenOnlyWhatDiffersIsCommanded() throws Exception {
    var backup = download("security", "true");
    assertThat(backup.path("security").path("clients")).hasSize(3);
    backup.set("security", security("pump"));

    var preview = restore(backup, "preview", "true");

    assertThat(control.commands).isEmpty();
    assertThat(String.valueOf(preview.json)).contains("pump").doesNotContain("sensor");

    restore(backup);

    assertThat(control.commands)
        .allSatisfy(command -> assertThat(command.path("username").asText()).isEqualTo("pump"))
        .extracting(command -> command.path("command").asText())
        .containsExactly("createClient");
    assertThat(broker.messages()).isEmpty();
  }

  @Test
  void security_whenTheSame_thenNothingIsDone() throws Exception {
    var restored = restore(download("security", "true"), "remove", "true");

    assertThat(control.commands).isEmpty();
    assertThat(restored.done).contains("as in the backup already");
  }

  @Test
  void security_whenTheBackupDoesNotHaveTheOwnAccount_thenItIsRefused() throws Exception {
    var backup = download("security", "true");
    backup.withObject("/security").putArray("clients").addObject().put("username", "admin");

    assertThatThrownBy(() -> restore(backup, "remove", "true"))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("management-center");
    assertThat(control.commands).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a/+",
        "#",
        "a/\u0000",
        "a/\uD800",
        "$CONTROL/dynamic-security/v1",
        "$SYS/broker/version",
        "elsewhere/b"
      })
  void topic_whenHostile_thenTheBackupIsRefused_andNothingIsDone(String topic) {
    assertThatThrownBy(() -> restore(backup("a/#", retained("a/good", "1"), retained(topic, "{}"))))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(400));
    assertThat(broker.messages()).isEmpty();
  }

  @Test
  void topic_whenDeeperThanBrokersTake_thenTheBackupIsRefused() {
    assertThatThrownBy(() -> restore(backup("#", retained("a" + "/a".repeat(300), "1"))))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("200 slashes")
        .hasMessageContaining("…");
  }

  @Test
  void payload_whenItIsMissingOrNoBase64_thenTheBackupIsRefused() {
    var without = backup("#", retained("a", "1"));
    ((ObjectNode) without.at("/retained/messages/0")).remove("payload");
    var wrong = backup("#", retained("a", "1"));
    ((ObjectNode) wrong.at("/retained/messages/0")).put("payload", "?");

    assertThatThrownBy(() -> restore(without))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("'a'");
    assertThatThrownBy(() -> restore(wrong))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("'a'");
    assertThat(broker.messages()).isEmpty();
  }

  @Test
  void properties_whenNobodyCouldPublishThem_thenTheBackupIsRefused() {
    var backup = backup("#", retained("a", "1"));
    ((ObjectNode) backup.at("/retained/messages/0")).put("responseTopic", "b/#");

    assertThatThrownBy(() -> restore(backup))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("'a'");
    assertThat(broker.messages()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/#/b", "a+", "$SYS/#", "$share/group/a"})
  void filter_whenItIsNone_thenNothingIsRead(String filter) {
    assertThatThrownBy(() -> download("retained", filter))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(400));
    assertThatThrownBy(() -> restore(backup(filter, retained("a", "1"))))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(400));
  }

  @Test
  void retained_whenThereIsMoreThanOneBackupTakes_thenNoPartOfItIsGivenOut() {
    var kib = "x".repeat(100 << 10);
    broker.retaining(
        IntStream.range(0, 90).mapToObj(number -> retained("a/" + number, kib)).toList());

    assertThatThrownBy(() -> download("retained", "#"))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(413));
  }

  @Test
  void file_whenItIsSomethingElse_thenItIsRefused() {
    assertThatThrownBy(() -> restore(JSON.createObjectNode().put("kind", "x")))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("no backup");
    assertThatThrownBy(() ->
            restore(JSON.createObjectNode().put("kind", "mosquitto-ha-backup").put("version", 2)))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("newer version");
  }
}
