package io.mosquittoha.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.agent.Agent;
import io.mosquittoha.agent.link.Frame;
import io.mosquittoha.agent.link.FrameType;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointsTest {

  private static final String TOKEN = "9f2c-secret-token";

  @TempDir private Path folder;
  private StubSupervisor agent;
  private Endpoints endpoints;
  private Web web;

  @BeforeEach
  void start() throws IOException {
    agent = new StubSupervisor(folder);
    Files.writeString(folder.resolve("token"), TOKEN + "\n");
    endpoints =
        new Endpoints(agent, new Endpoints.Times(Duration.ofSeconds(10), Duration.ofSeconds(1)));
    web = new Web(endpoints);
  }

  @AfterEach
  void stop() {
    web.close();
    endpoints.close();
  }

  // Checks.

  @Test
  void leader_whenThisMemberServes_thenItSaysSo() {
    assertLine("/leader", 200, "this member serves clients");
  }

  @Test
  void leader_whenThisMemberDoesNotServe_thenItSaysWhoLeads() {
    agent.serves = false;
    assertLine("/leader", 503, "this member leads and does not serve yet");
    agent.leader = Optional.of("m-2");
    assertLine("/leader", 503, "m-2 leads");
    agent.leader = Optional.empty();
    assertLine("/leader", 503, "nobody leads");
    agent.started = false;
    assertLine("/leader", 503, "nobody leads");
  }

  @Test
  void healthz_whenNobodyLeads_thenTheAgentIsHealthyAllTheSame() {
    agent.serves = false;
    agent.ready = false;
    agent.leader = Optional.empty();
    assertLine("/healthz", 200, "the agent works");
  }

  @Test
  void healthz_whenTheAgentHasStoppedWorking_thenItIsBroken() {
    agent.idle = Duration.ofSeconds(61);
    assertLine("/healthz", 503, "the agent has done nothing for 61 seconds");
  }

  @Test
  void readyz_whenTheMemberIsNotReady_thenItSaysWhy() {
    assertLine("/readyz", 200, "this member can be counted on");
    agent.ready = false;
    assertLine("/readyz", 503, "this member was not in sync yet, or is leaving");
    agent.broker = Agent.Broker.STARTING;
    assertLine("/readyz", 503, "the broker is being started");
  }

  private void assertLine(String path, int status, String line) {
    var answer = web.get(path);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(line + "\n");
  }

  @Test
  void check_whenItIsRepeatedOnOneConnection_thenTheConnectionIsKept() throws IOException {
    try (var socket = new Socket("127.0.0.1", endpoints.address().getPort())) {
      socket.setSoTimeout(5_000);
      for (var i = 0; i < 20; i++) {
        socket
            .getOutputStream()
            .write("GET /leader HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        var answer = new StringBuilder();
        while (!answer.toString().endsWith("this member serves clients\n")) {
          var next = socket.getInputStream().read();
          assertThat(next).as("answer %d: %s", i, answer).isNotEqualTo(-1);
          answer.append((char) next);
        }
        assertThat(answer).startsWith("HTTP/1.1 200 ");
      }
    }
  }

  @Test
  void head_whenItIsAskedForInsteadOfGet_thenThereIsNoBody() {
    for (var path : List.of("/leader", "/metrics", "/api/v1/cluster", "/api/v1/clients")) {
      var answer = web.send(web.request(path).method("HEAD", BodyPublishers.noBody()));
      assertThat(answer.statusCode()).as(path).isEqualTo(200);
      assertThat(answer.body()).as(path).isEmpty();
      assertThat(answer.headers().firstValueAsLong("Content-Length").orElse(0))
          .as(path)
          .isPositive();
    }
  }

  // What is there.

  @Test
  void cluster_whenAskedFor_thenEverythingOfTheContractIsThere() {
    agent.reach("m-1");
    agent.reach("m-2");
    var json = web.json("/api/v1/cluster");
    assertThat(json.path("cluster").asText()).isEqualTo("cluster-1");
    assertThat(json.path("self").asText()).isEqualTo("m-0");
    assertThat(json.path("epoch").asLong()).isEqualTo(7);
    assertThat(json.path("leader").asText()).isEqualTo("m-0");
    assertThat(json.path("serving").asBoolean()).isTrue();
    assertThat(json.path("summary").asText())
        .isEqualTo("m-0 leads; 3 of 3 in sync; one more loss is survived, two stop service");
    assertThat(json.path("replication").asText()).isEqualTo("sync");
    assertThat(json.path("durability").asText()).isEqualTo("disk");
    assertThat(json.path("minInSync").asInt()).isEqualTo(2);
    assertThat(json.path("inSync"))
        .extracting(it -> it.asText())
        .containsExactly("m-0", "m-1", "m-2");
    assertThat(json.path("position").asLong()).isEqualTo(1_240);
    assertThat(json.path("committed").asLong()).isEqualTo(1_234);
    assertThat(json.path("members")).hasSize(3);
    assertThat(json.path("members").get(0).toString())
        .isEqualTo(
            """
            {"name":"m-0","role":"leader","incarnation":"life-of-m-0","address":"10.0.0.1",\
            "inSync":true,"position":1240,"lagBytes":0,"version":"development","revision":"r1"}\
            """);
    assertThat(json.path("members").get(1).toString())
        .isEqualTo(
            """
            {"name":"m-1","role":"follower","incarnation":"life-of-m-1","address":"10.0.0.9",\
            "inSync":true,"position":1233,"lagBytes":77,"version":"0.1.0","revision":"r2"}\
            """);
    assertThat(web.json("/api/v1/members").path("members")).isEqualTo(json.path("members"));
  }

  @Test
  void cluster_whenTheAgentIsStarting_thenItSaysSo() {
    agent.started = false;
    var json = web.json("/api/v1/cluster");
    assertThat(json.path("summary").asText()).isEqualTo("m-0 is starting");
    assertThat(json.path("leader").isNull()).isTrue();
    assertThat(json.path("members")).isEmpty();
  }

  @Test
  void state_whenAskedFor_thenItIsHashedAndCounted() {
    agent.apply(session("a"), connected("a", "ann"), connected("b", "bob"));
    var json = web.json("/api/v1/state");
    assertThat(json.path("position").asLong()).isEqualTo(1_234);
    assertThat(json.path("hash").asText()).hasSize(64).isEqualTo(agent.state().hash());
    assertThat(json.path("counts").toString())
        .isEqualTo(
            """
            {"messages":0,"retained":0,"clients":1,"connected":2,"subscriptions":0,\
            "queued":0,"wills":0}\
            """);
    assertThat(json.path("bytes").asLong()).isEqualTo(agent.state().bytes()).isPositive();

    agent.apply(connected("c", "cid"));
    assertThat(web.json("/api/v1/state").path("hash")).isNotEqualTo(json.path("hash"));
  }

  @Test
  void state_whenTheAgentIsStarting_thenItIsToBeAskedLater() {
    agent.started = false;
    assertProblem(web.get("/api/v1/state"), 503, "The agent is starting.");
  }

  @Test
  void clients_whenAskedFor_thenTheConnectedOnesComeFirst() {
    agent.apply(session("away"), session("a"), connected("a", "ann"));
    var json = web.json("/api/v1/clients");
    assertThat(json.path("asOf").asLong()).isEqualTo(1_234);
    assertThat(json.path("total").asInt()).isEqualTo(2);
    assertThat(json.path("clients").get(0).toString())
        .isEqualTo(
            """
            {"id":"a","username":"ann","address":"10.1.2.3","connected":true,"protocol":5,\
            "cleanStart":true,"since":"2025-11-24T16:00:00Z","subscriptions":0,"queued":0}\
            """);
    assertThat(json.path("clients").get(1).path("id").asText()).isEqualTo("away");
    assertThat(json.path("clients").get(1).path("since").isNull()).isTrue();
  }

  @Test
  void clients_whenSearched_thenOthersAreLeftOut() {
    agent.apply(session("away-1"), session("a"), connected("a", "ann"), connected("b 1&", "bob"));
    assertThat(ids("?search=ann")).containsExactly("a");
    assertThat(ids("?search=b%201%26")).containsExactly("b 1&");
    assertThat(ids("?search=b+1")).containsExactly("b 1&");
    assertThat(ids("?connected=true")).containsExactly("a", "b 1&");
    assertThat(ids("?connected=false&limit=1")).containsExactly("a");
    assertThat(web.json("/api/v1/clients?limit=1").path("total").asInt()).isEqualTo(3);
    assertThat(web.json("/api/v1/clients?limit=1").path("more").asBoolean()).isTrue();
    assertThat(web.json("/api/v1/clients?offset=2&limit=1").path("more").asBoolean()).isFalse();
    assertThat(ids("?away=true")).containsExactly("away-1");
    assertThat(ids("?sort=-id&limit=2")).containsExactly("b 1&", "away-1");
    assertThat(ids("?sort=id&offset=1")).containsExactly("away-1", "b 1&");
  }

  private List<String> ids(String query) {
    return web.json("/api/v1/clients" + query).path("clients").findValuesAsText("id");
  }

  @Test
  void clients_whenNoLimitIsGiven_thenThereAreAHundred() {
    for (var i = 0; i < 150; i++) {
      agent.apply(connected("c" + i, "u"));
    }
    var json = web.json("/api/v1/clients");
    assertThat(json.path("clients")).hasSize(100);
    assertThat(json.path("total").asInt()).isEqualTo(150);
  }

  @Test
  void clients_whenTheirNamesAreHostile_thenTheAnswerIsStillJson() {
    agent.apply(connected("\"}<script>\u0001\u2028", "\\"));
    var client = web.json("/api/v1/clients").path("clients").get(0);
    assertThat(client.path("id").asText()).isEqualTo("\"}<script>\u0001\u2028");
    assertThat(client.path("username").asText()).isEqualTo("\\");
  }

  @ParameterizedTest
  @CsvSource({"a,a", "a%2Fb,a/b", "a+b,a+b", "a%20%C3%BC,a ü", "%252F,%2F"})
  void client_whenAskedForByItsId_thenItIsThatOneAlone(String path, String client) {
    agent.apply(connected(client, "u"), connected(client + "x", "u"));
    assertThat(web.json("/api/v1/clients/" + path).path("id").asText()).isEqualTo(client);
    assertProblem(
        web.get("/api/v1/clients/nobody"), 404, "No client or session has the id nobody.");
  }

  @Test
  void client_whenItsIdIsAsLongAsCanBe_thenItIsFound() {
    var client = "/".repeat(65_535);
    agent.apply(connected(client, "u"));
    assertThat(web.json("/api/v1/clients/" + "%2F".repeat(65_535)).path("id").asText())
        .isEqualTo(client);
  }

  @Test
  void clients_whenSomebodyDoesNotReadThem_thenOthersGetThemAllTheSame() throws IOException {
    for (var i = 0; i < 10_000; i++) {
      agent.apply(connected("c" + i + "x".repeat(1_000), "u"));
    }
    try (var idle = new Socket()) {
      idle.setReceiveBufferSize(4_096);
      idle.connect(endpoints.address());
      idle.getOutputStream()
          .write(
              "GET /api/v1/clients?limit=10000 HTTP/1.1\r\nHost: x\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(idle.getInputStream().read()).isEqualTo('H');
      assertThat(web.json("/api/v1/clients?limit=1").path("total").asInt()).isEqualTo(10_000);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/clients?limit=10001",
        "/api/v1/clients?limit=-1",
        "/api/v1/clients?limit=many",
        "/api/v1/clients?connected=perhaps",
        "/api/v1/clients?sort=beauty",
        "/api/v1/clients?offset=-1",
        "/api/v1/clients?search=%25%zz",
        "/api/v1/subscriptions?limit=10001",
        "/api/v1/events?since=yesterday",
        "/api/v1/events?limit=x"
      })
  void query_whenItIsWrong_thenTheProblemSaysWhat(String path) throws IOException {
    // java.net.URI would not let the broken ones out.
    var answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400 ");
  }

  private String raw(String request) throws IOException {
    try (var socket = new Socket("127.0.0.1", endpoints.address().getPort())) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void subscriptions_whenAskedFor_thenThoseOfSessionsAndConnectionsAreThere() {
    agent.apply(
        session("a"),
        Frame.of(FrameType.SUBSCRIPTION_ADD, "clientid", "a", "topic", "x/#", "options", 1),
        connected("b", "bob"),
        Frame.of(FrameType.SUBSCRIBE, "clientid", "b", "topic", "y", "options", 2));
    var json = web.json("/api/v1/subscriptions");
    assertThat(json.path("subscriptions").toString())
        .isEqualTo(
            """
            [{"client":"a","filter":"x/#","qos":1},{"client":"b","filter":"y","qos":2}]\
            """);
    assertThat(json.path("asOf").asLong()).isEqualTo(1_234);
    assertThat(json.path("more").asBoolean()).isFalse();
    assertThat(web.json("/api/v1/subscriptions?client=b").path("subscriptions")).hasSize(1);
    assertThat(web.json("/api/v1/subscriptions?limit=1").path("more").asBoolean()).isTrue();
    assertThat(web.json("/api/v1/subscriptions?client=c").path("subscriptions")).isEmpty();
  }

  @Test
  void events_whenAskedForSinceATime_thenOnlyLaterOnesAreThere() {
    agent.apply(occurred("2026-11-25T12:00:00Z", "formed"));
    agent.apply(occurred("2026-11-25T13:00:00.000001Z", "failover"));
    assertThat(kinds("")).containsExactly("formed", "failover");
    assertThat(kinds("?since=2026-11-25T12:00:00Z")).containsExactly("failover");
    assertThat(kinds("?since=2026-11-25T14:00:00Z")).isEmpty();
    assertThat(kinds("?limit=1")).containsExactly("failover");
  }

  private List<String> kinds(String query) {
    return web.json("/api/v1/events" + query).path("events").findValuesAsText("kind");
  }

  // What is to be done.

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {"`{\"member\":\"m-2\"}`,m-2", "{},m-1", "``,m-1", "`{\"member\":null}`,m-1"})
  void moveLeader_whenItIsPossible_thenItIsDoneWhenAnswered(String body, String leader) {
    var answer = web.call("POST", "/api/v1/leader", TOKEN, body);
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.body()).isEqualTo("{\"leader\":\"" + leader + "\"}");
    assertThat(agent.moves)
        .containsExactly(body.contains("m-2") ? Optional.of("m-2") : Optional.empty());
  }

  @Test
  void moveLeader_whenTheAgentRefuses_thenTheProblemSaysWhy() {
    agent.refusal = "m-2 is not in sync; these are: m-1";
    assertProblem(
        web.call("POST", "/api/v1/leader", TOKEN, "{\"member\":\"m-2\"}"),
        409,
        "m-2 is not in sync; these are: m-1.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "\"m-1\"",
        "{\"member\":1}",
        "{\"membre\":\"m-1\"}",
        "{\"member\":\"m-1\",\"x\":1}"
      })
  void moveLeader_whenTheBodyIsWrong_thenNothingIsDone(String body) {
    var answer = web.call("POST", "/api/v1/leader", TOKEN, body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(Web.parsed(answer).path("detail").asText()).contains("Send {\"member\":\"NAME\"}");
    assertThat(agent.moves).isEmpty();
  }

  @Test
  void moveLeader_whenTheBodyIsLarge_thenItIsNotRead() {
    var answer =
        web.call("POST", "/api/v1/leader", TOKEN, "{\"member\":\"" + "m".repeat(70_000) + "\"}");
    assertProblem(answer, 413, "The body is larger than 64 KiB.");
    assertThat(agent.moves).isEmpty();
  }

  @Test
  void command_whenAnotherMemberLeads_thenTheProblemNamesIt() {
    agent.leader = Optional.of("m-2");
    var detail = "m-2 leads: ask it, at http://m-2.brokers.ns.svc:0.";
    assertProblem(web.call("POST", "/api/v1/leader", TOKEN, "{}"), 409, detail);
    assertProblem(web.call("DELETE", "/api/v1/clients/a", TOKEN, ""), 409, detail);
    agent.leader = Optional.empty();
    assertProblem(
        web.call("POST", "/api/v1/leader", TOKEN, ""),
        409,
        "Nobody leads now: ask again in some seconds.");
    assertThat(agent.moves).isEmpty();
    assertThat(agent.kicked).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"a,a", "a%2Fb,a/b", "a+b,a+b", "a%20%C3%BC,a ü"})
  void kick_whenTheClientIsConnected_thenItIsDisconnected(String path, String client) {
    agent.apply(connected(client, "u"));
    var answer = web.call("DELETE", "/api/v1/clients/" + path, TOKEN, "");
    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(agent.kicked).containsExactly(client);
  }

  @Test
  void kick_whenTheClientIsAway_thenItIsNotFound() {
    agent.apply(session("a"), connected("ab", "u"));
    assertProblem(
        web.call("DELETE", "/api/v1/clients/a", TOKEN, ""),
        404,
        "No client is connected whose id is a.");
    assertThat(agent.kicked).isEmpty();
  }

  @Test
  void kick_whenTheBrokerDoesNotServe_thenItIsToBeAskedLater() {
    agent.apply(connected("a", "u"));
    agent.broker = Agent.Broker.RESTORING;
    assertProblem(
        web.call("DELETE", "/api/v1/clients/a", TOKEN, ""),
        503,
        "The broker does not serve now: ask again.");
  }

  // Who may.

  @Test
  void command_whenNoTokenIsShown_thenItIsAskedFor() {
    var answer = web.call("POST", "/api/v1/leader", "", "{}");
    assertProblem(answer, 401, "Send the token of this agent as `Authorization: Bearer TOKEN`.");
    assertThat(answer.headers().firstValue("WWW-Authenticate"))
        .contains("Bearer realm=\"mosquitto-ha\"");
    assertThat(agent.moves).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Bearer 9f2c-secret-toke", "Bearer 9f2c-secret-token2", "Bearer ", "Basic x"})
  void command_whenTheTokenIsWrong_thenNothingIsDone(String authorization) {
    var answer =
        web.send(web.request("/api/v1/clients/a").header("Authorization", authorization).DELETE());
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).doesNotContain("9f2c");
    assertThat(agent.kicked).isEmpty();
  }

  @Test
  void command_whenTheTokenIsChanged_thenTheNewOneCountsAtOnce() throws IOException {
    Files.writeString(folder.resolve("token"), "another");
    assertThat(web.call("POST", "/api/v1/leader", TOKEN, "{}").statusCode()).isEqualTo(401);
    assertThat(web.call("POST", "/api/v1/leader", "another", "{}").statusCode()).isEqualTo(202);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void command_whenThereIsNoToken_thenNobodyMay(boolean empty) throws IOException {
    Files.delete(folder.resolve("token"));
    if (empty) {
      Files.writeString(folder.resolve("token"), "\n");
    }
    var answer = web.call("POST", "/api/v1/leader", "", "{}");
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(Web.parsed(answer).path("detail").asText())
        .contains("openssl rand -hex 32")
        .contains(folder.resolve("token").toString());
    assertThat(web.call("POST", "/api/v1/leader", " ", "{}").statusCode()).isEqualTo(403);
  }

  @Test
  void command_whenItIsGiven_thenOneLineIsLoggedThatDoesNotHoldTheToken() {
    var lines = new java.util.concurrent.CopyOnWriteArrayList<String>();
    var logger = Logger.getLogger(Api.class.getName());
    var handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(new java.util.logging.SimpleFormatter().formatMessage(line));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      agent.apply(connected("a", "u"));
      web.call("DELETE", "/api/v1/clients/a", TOKEN, "");
      web.call("POST", "/api/v1/leader", "wrong-one", "{}");
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(lines).hasSize(2).noneMatch(it -> it.contains(TOKEN) || it.contains("wrong-one"));
    assertThat(lines.getFirst())
        .isEqualTo("127.0.0.1 had the agent disconnect a client (DELETE /api/v1/clients/a)");
    assertThat(lines.getLast())
        .startsWith("127.0.0.1 wanted to move the leader (POST /api/v1/leader): 401 ");
  }

  // What is not there.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/leader/",
        "/api/v1",
        "/api/v2/cluster",
        "/api/v1/clients/",
        "/metrics/x",
        "/..%2f"
      })
  void path_whenItIsUnknown_thenItIsNotFound(String path) {
    assertThat(web.get(path).statusCode()).isEqualTo(404);
    assertThat(web.call("POST", path, TOKEN, "{}").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST|/leader|GET, HEAD",
        "PUT|/healthz|GET, HEAD",
        "POST|/readyz|GET, HEAD",
        "POST|/metrics|GET, HEAD",
        "POST|/api/v1/cluster|GET, HEAD",
        "DELETE|/api/v1/members|GET, HEAD",
        "POST|/api/v1/state|GET, HEAD",
        "DELETE|/api/v1/clients|GET, HEAD",
        "PUT|/api/v1/clients/a|GET, HEAD, DELETE",
        "POST|/api/v1/subscriptions|GET, HEAD",
        "PATCH|/api/v1/events|GET, HEAD",
        "GET|/api/v1/leader|POST"
      })
  void method_whenItIsWrong_thenTheRightOnesAreNamed(String method, String path, String allow) {
    var answer = web.call(method, path, TOKEN, "");
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains(allow);
    assertThat(Web.parsed(answer).path("status").asInt()).isEqualTo(405);
  }

  private static void assertProblem(HttpResponse<String> answer, int status, String detail) {
    assertThat(answer.body()).contains(detail);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    var json = Web.parsed(answer);
    assertThat(json.path("type").asText()).isEqualTo("about:blank");
    assertThat(json.path("title").asText()).isNotBlank();
    assertThat(json.path("status").asInt()).isEqualTo(status);
    assertThat(json.path("detail").asText()).isEqualTo(detail);
  }

  // What is applied.

  static Frame connected(String client, String user) {
    return Frame.of(
        FrameType.CONNECT,
        "clientid",
        client,
        "username",
        user,
        "address",
        "10.1.2.3",
        "protocol_version",
        5,
        "clean_start",
        1);
  }

  static Frame session(String client) {
    return Frame.of(FrameType.CLIENT_ADD, "clientid", client, "username", "u");
  }

  static Frame occurred(String time, String kind) {
    return Frame.of(
        FrameType.OCCURRENCE,
        "json",
        """
        {"time":"%s","epoch":7,"kind":"%s","member":"m-0","detail":"after m-1",\
        "phases":{"detectMs":5,"electMs":12,"restoreMs":1500}}\
        """
            .formatted(time, kind));
  }
}
