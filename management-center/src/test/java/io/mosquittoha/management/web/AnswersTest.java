package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.form;
import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.mosquittoha.management.Center;
import io.mosquittoha.management.backup.BackupRoom;
import io.mosquittoha.management.backup.StubSecurity;
import io.mosquittoha.management.brokers.BrokersRoom;
import io.mosquittoha.management.check.CheckRoom;
import io.mosquittoha.management.clients.ClientsRoom;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.ClusterRoom;
import io.mosquittoha.management.cluster.Occurrence;
import io.mosquittoha.management.cluster.Sight;
import io.mosquittoha.management.cluster.Timeline;
import io.mosquittoha.management.cluster.TimelineRoom;
import io.mosquittoha.management.kubernetes.Permission;
import io.mosquittoha.management.kubernetes.PodFacts;
import io.mosquittoha.management.kubernetes.PodLog;
import io.mosquittoha.management.kubernetes.Size;
import io.mosquittoha.management.kubernetes.Workload;
import io.mosquittoha.management.metrics.Marks;
import io.mosquittoha.management.metrics.MetricsRoom;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Control;
import io.mosquittoha.management.mqtt.FixedAddresses;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.StubBroker;
import io.mosquittoha.management.security.Security;
import io.mosquittoha.management.security.SecurityRoom;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.support.SupportRoom;
import io.mosquittoha.management.talk.TalkRoom;
import io.mosquittoha.management.topics.TopicsRoom;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is answered is what the document says, as somebody else's validator judges. */
class AnswersTest {

  private static final Instant THEN = Instant.now().minus(Duration.ofDays(1));

  /** What everything is called that is asked for: broker, client, account, group and role. */
  private static final String NAME = "m-0";

  private static final String HAS =
      """
      {"clients": [
         {"username": "admin", "roles": [{"rolename": "all"}], "groups": []},
         {"username": "own", "roles": [{"rolename": "all"}], "groups": []},
         {"username": "m-0", "textname": "Meter", "disabled": false,
          "roles": [{"rolename": "m-0", "priority": 3}], "groups": [{"groupname": "m-0"}]}],
       "groups": [{"groupname": "m-0", "roles": [{"rolename": "late"}]}],
       "roles": [
         {"rolename": "m-0", "acls": [
           {"acltype": "publishClientSend", "topic": "a/#", "priority": 0, "allow": true}]},
         {"rolename": "late", "acls": [
           {"acltype": "subscribePattern", "topic": "b", "priority": 1, "allow": false}]},
         {"rolename": "all", "acls": [
           {"acltype": "publishClientSend", "topic": "$CONTROL/#", "priority": 0, "allow": true},
           {"acltype": "publishClientReceive", "topic": "$CONTROL/#", "priority": 0, "allow": true},
           {"acltype": "subscribePattern", "topic": "$CONTROL/#", "priority": 0, "allow": true}]}]}
      """;

  /** Of what is asked for with more than names. */
  private static final Map<String, String> QUERIES =
      Map.of(
          "/api/v1/backup", "?security=true",
          "/api/v1/security/decision", "?username=m-0&clientid=x&action=PUBLISH&topic=a/b",
          "/api/v1/talk", "?talk=11111111",
          "/api/v1/topics", "?view=22222222",
          "/api/v1/topics/value", "?topic=a",
          "/api/v1/topics/values", "?view=22222222");

  @TempDir Path folder;

  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  private <T extends AutoCloseable> T keep(T part) {
    opened.push(part);
    return part;
  }

  private static List<Route> gets(Collection<Route> routes) {
    return routes.stream()
        .filter(route -> route.kind() == Route.Kind.API && route.method().name().equals("GET"))
        .toList();
  }

  private static JsonNode content(JsonNode document, String method, String path) {
    return document
        .path("paths")
        .path(path)
        .path(method.toLowerCase(Locale.ROOT))
        .at("/responses/200/content");
  }

  private Center center() throws IOException {
    var own = Files.createDirectories(folder.resolve("center"));
    return keep(
        Center.start(Running.settings(own, List.of("members=m-0=127.0.0.1:1:1", "brokers=1"))));
  }

  @Test
  void document_whenRead_thenTellsOfEachGetWhatItAnswers() throws Exception {
    var routes = center().server().routes();
    var document = Server.mapper().<JsonNode>valueToTree(OpenApi.of(routes, "1", "", "center"));

    assertThat(gets(routes))
        .allSatisfy(route -> {
          var content = content(document, "GET", route.path());
          assertThat(content).isNotEmpty();
          assertThat(content.properties())
              .filteredOn(type -> type.getKey().equals("application/json"))
              .allSatisfy(type -> assertThat(type.getValue().path("schema")).isNotEmpty());
        });
  }

  @Test
  void answer_whenServed_thenIsAsTheDocumentTells() throws Exception {
    var broker = keep(new StubBroker());
    broker.retaining(List.of(Message.of("a", "1".getBytes(StandardCharsets.UTF_8), 0, true)));
    var running = rooms(broker);
    var admin = running.admin();
    prepare(admin);
    var document = strict(json(admin.get("/api/v1/openapi.json")));

    assertSoftly(softly -> {
      for (var route : gets(running.server().routes())) {
        var address =
            route.path().replaceAll("[{][^}]+[}]", NAME) + QUERIES.getOrDefault(route.path(), "");
        softly
            .assertThat(faults(document, "GET", route.path(), admin.get(address)))
            .as(address)
            .isEmpty();
      }
      var decision = "/api/v1/security/decision";
      for (var query :
          List.of(
              "?username=m-0&clientid=x&action=SUBSCRIBE&topic=b",
              "?username=nobody&clientid=x&action=PUBLISH&topic=c")) {
        softly
            .assertThat(faults(document, "GET", decision, admin.get(decision + query)))
            .as(query)
            .isEmpty();
      }
      var export = "/api/v1/audit/export";
      softly
          .assertThat(faults(document, "GET", export, admin.get(export + "?format=csv")))
          .isEmpty();
      var posts =
          Map.of(
              "/api/v1/check", form("username", ""),
              "/api/v1/security/passwords", "",
              "/api/v1/tokens", form("name", "t", "role", "VIEWER"));
      posts.forEach((path, body) ->
          softly
              .assertThat(faults(document, "POST", path, admin.send("POST", path, body)))
              .as(path)
              .isEmpty());
      softly
          .assertThat(
              faults(
                  document,
                  "POST",
                  "/api/v1/session",
                  running.browser().logIn("admin", Running.CHOSEN)))
          .isEmpty();
    });
    assertThat(gets(running.server().routes()))
        .extracting(Route::path)
        .containsExactlyElementsOf(
            gets(center().server().routes()).stream().map(Route::path).toList());
  }

  /** The document, with which no answer may have more than it says. */
  private static JsonNode strict(JsonNode document) {
    for (var schema : document.at("/components/schemas")) {
      if (schema instanceof ObjectNode object && object.has("properties")) {
        object.put("additionalProperties", false);
      }
    }
    return document;
  }

  /** What is wrong with an answer; nothing if the document tells of it. */
  private List<String> faults(
      JsonNode document, String method, String path, HttpResponse<String> answer) {
    var type = answer.headers().firstValue("Content-Type").orElse("").replaceAll(";.*", "");
    var content = content(document, method, path);
    if (answer.statusCode() != 200 || !content.has(type)) {
      return List.of("%d %s %s".formatted(answer.statusCode(), type, answer.body()));
    }
    if (!type.equals("application/json")) {
      return List.of();
    }
    var schema = (ObjectNode) content.path(type).path("schema").deepCopy();
    schema.set("$defs", document.at("/components/schemas"));
    return registry
        .getSchema(schema.toString().replace("#/components/schemas/", "#/$defs/"), InputFormat.JSON)
        .validate(answer.body(), InputFormat.JSON)
        .stream()
        .map(error -> error + " in " + answer.body())
        .toList();
  }

  /** All rooms with something in them. */
  private Running rooms(StubBroker broker) throws Exception {
    var account = new Account("own", Files.writeString(folder.resolve("account"), "secret\n"));
    var lines =
        List.of(
            "members=m-0=127.0.0.1:1:%d".formatted(broker.address().getPort()),
            "account=" + account.name(),
            "passwordFile=" + account.passwordFile());
    var settings = Running.settings(folder, lines);
    var store = keep(SqliteStore.open(folder.resolve("rooms")));
    var cluster = cluster();
    var timeline = keep(Timeline.keep(store, cluster, name -> {}));
    cluster.occur(
        new Occurrence(
            THEN,
            2,
            "failover",
            NAME,
            "",
            Map.of("detectMs", 300L),
            OptionalInt.empty(),
            OptionalLong.empty()));
    var metrics =
        keep(
            new MetricsRoom(
                settings,
                store,
                name -> {},
                cluster,
                name -> Optional.empty(),
                (from, to) -> List.of(new Marks.Mark(THEN, "failover", NAME, ""))));
    metrics.start();
    var has = (ObjectNode) Server.mapper().readTree(HAS);
    var security = new Security(new StubSecurity(has), cluster, store, name -> {}, account.name());
    var addresses = new FixedAddresses(broker.address());
    return keep(
        Running.with(
            folder,
            lines,
            new ClusterRoom(settings, cluster, timeline),
            new TimelineRoom(timeline),
            metrics,
            new BrokersRoom(settings, cluster, workload(), inspection(), name -> {}),
            keep(new ClientsRoom(settings, cluster, account, name -> {})),
            new SupportRoom(settings, "1", store, cluster, workload(), List.of()),
            new SecurityRoom(security),
            new BackupRoom(settings, security, cluster, account),
            keep(new TopicsRoom(addresses, account)),
            keep(new TalkRoom(addresses, account)),
            new CheckRoom(settings, cluster, account)));
  }

  private static StubCluster cluster() {
    var cluster = new StubCluster();
    cluster.members.add(
        new Sight.Member(
            "m-3",
            Sight.Role.UNREACHABLE,
            false,
            "",
            OptionalLong.empty(),
            OptionalLong.empty(),
            "",
            ""));
    cluster.issues.add(new Sight.Issue(Sight.Severity.NOTE, "It is so.", "Change it.", ""));
    cluster.proxies.add(new Sight.Proxy("10.1.0.1", true, 1, 3, 4));
    cluster.figures = "mosquitto_ha_process_resident_memory_bytes 1.0E8\n";
    cluster.add(StubCluster.client(NAME, "meter", true));
    cluster.subscriptions.add(new Cluster.Subscription(NAME, "a/#", 1));
    return cluster;
  }

  private static Workload workload() {
    var port = new PodFacts.Port("mqtt", 1883);
    var answers =
        Map.of(
            "size",
            new Size(3, 3, 2, 9, ""),
            "pod",
            new PodFacts(
                NAME,
                "Running",
                true,
                false,
                "n",
                "",
                Optional.of(THEN),
                0,
                "",
                "i",
                "",
                "",
                List.of(port)),
            "log",
            new PodLog(List.of("started"), false),
            "permissions",
            List.of(new Permission("restart a broker", "delete pods", true, "")));
    return (Workload)
        Proxy.newProxyInstance(
            Workload.class.getClassLoader(),
            new Class<?>[] {Workload.class},
            (proxy, method, arguments) -> answers.get(method.getName()));
  }

  /** A broker that tells what it has loaded and listens on. */
  private static Control inspection() {
    return new Control() {
      @Override
      public List<ObjectNode> send(List<ObjectNode> commands) {
        throw new AssertionError("not asked");
      }

      @Override
      public ObjectNode broker(String name, ObjectNode command) {
        var answer = JsonNodeFactory.instance.objectNode();
        answer.putArray("listeners").addObject().put("port", 1883).put("protocol", "mqtt");
        answer
            .putArray("plugins")
            .addObject()
            .put("name", "dynamic-security")
            .putArray("control-endpoints")
            .add("$CONTROL/dynamic-security/v1");
        return answer;
      }
    };
  }

  /** Has something in what is empty at first, last in what is forgotten when nobody looks. */
  private static void prepare(Running.Browser admin) {
    filled(admin, "/api/v1/metrics", "\"series\":[{");
    filled(admin, "/api/v1/timeline", "failover");
    admin.send(
        "PUT", "/api/v1/security/clients/m-0/password", form("password", "a-long-password-1"));
    filled(admin, "/api/v1/security/changes", "\"changes\":[{");
    admin.send(
        "POST",
        "/api/v1/talk/connect",
        form("talk", "11111111", "own", "true", "clientId", "talker"));
    admin.send("POST", "/api/v1/talk/subscribe", form("talk", "11111111", "filter", "a"));
    filled(admin, "/api/v1/talk?talk=11111111", "\"CAME\"");
    filled(admin, "/api/v1/topics?view=22222222", "\"rows\":[{");
  }

  private static void filled(Running.Browser admin, String address, String part) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(admin.get(address).body()).as(address).contains(part));
  }
}
