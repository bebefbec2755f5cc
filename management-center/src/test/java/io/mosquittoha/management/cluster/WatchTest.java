package io.mosquittoha.management.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.cluster.Sight.Severity;
import io.mosquittoha.management.web.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {

  @TempDir private Path folder;

  @Test
  void sight_whenAllAgree_thenWhatTheLeaderTells() {
    try (var stub = new StubCluster(folder, 3).led(1, 4);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      await()
          .untilAsserted(
              () -> assertThat(cluster.sight().members()).allMatch(Sight.Member::inSync));

      var sight = cluster.sight();
      assertThat(sight.leader()).contains("m-1");
      assertThat(sight.epoch()).isEqualTo(4);
      assertThat(sight.serving()).isTrue();
      assertThat(sight.losses()).isEqualTo(1);
      assertThat(sight.summary()).isEqualTo("m-1 leads; 3 of 3 in sync");
      assertThat(sight.members())
          .extracting(Sight.Member::role)
          .containsExactly(Role.FOLLOWER, Role.LEADER, Role.FOLLOWER);
      assertThat(cluster.serving().orElseThrow().getPort()).isEqualTo(1);
      assertThat(cluster.brokers()).extracting(Cluster.Broker::name).containsExactly("m-1");
      assertThat(stub.events).contains("cluster");
    }
  }

  @Test
  void failover_whenTheLeaderIsKilled_thenListenersAreToldOfTheNextOne() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      var leaders = new CopyOnWriteArrayList<String>();
      cluster.onChange(sight -> sight.leader().ifPresent(leaders::add));
      await().until(() -> stub.agent(0).listeners() == 1 && cluster.sight().losses() == 1);

      stub.tell(1, 1, 2, 3);
      stub.tell(2, 1, 2, 3);
      stub.agent(0).kill();

      await().untilAsserted(() -> assertThat(leaders).endsWith("m-1"));
      await()
          .untilAsserted(() ->
              assertThat(cluster.sight().issues())
                  .anyMatch(it -> it.what().startsWith("m-0 ") && it.severity() == Severity.NOTE));
    }
  }

  @Test
  void occurrence_whenItIsTold_thenEverybodyIsAskedAtOnce() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      var told = new CopyOnWriteArrayList<Occurrence>();
      cluster.onOccurrence(told::add);
      await().until(() -> stub.agent(2).listeners() == 1);

      stub.agent(2)
          .occur(
              """
              {"time":"2026-11-25T17:00:00Z","epoch":2,"kind":"failover","member":"m-1",\
              "detail":"after m-0","phases":{"detectMs":80,"electMs":7}}\
              """);

      await().untilAsserted(() -> assertThat(told).hasSize(1));
      assertThat(told.getFirst().outageMs()).isEqualTo(87);
      assertThat(told.getFirst().member()).isEqualTo("m-1");
    }
  }

  @Test
  void stream_whenItIsDropped_thenItIsTakenUpAgain() {
    try (var stub = new StubCluster(folder, 1).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      await().until(() -> stub.agent(0).listeners() == 1);

      stub.agent(0).drop();

      await().until(() -> stub.agent(0).listeners() == 1);
      assertThat(cluster.sight().reachable()).isTrue();
    }
  }

  @Test
  void sight_whenOneDoesNotAnswerAnyMore_thenTheOthersAreStillSeen() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      await().until(() -> cluster.sight().losses() == 1);

      stub.agent(0).freeze();
      stub.tell(1, 1, 2, 3);
      stub.tell(2, 1, 2, 3);

      await().untilAsserted(() -> assertThat(cluster.sight().leader()).contains("m-1"));
      stub.agent(0).resume();
    }
  }

  @Test
  void sight_whenEverybodyIsAway_thenItSaysSo_andWhenTheyAreBackToo() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      await().until(() -> cluster.sight().reachable());

      stub.agents.forEach(StubAgent::kill);

      await()
          .untilAsserted(() ->
              assertThat(cluster.sight().issues())
                  .anyMatch(it ->
                      it.severity() == Severity.CRITICAL
                          && it.what().contains("m-2: nothing listens there")));
      assertThat(cluster.sight().reachable()).isFalse();
      assertThat(cluster.sight().losses()).isEqualTo(-1);
      assertThat(cluster.serving()).isEmpty();
      assertThat(cluster.sight().members()).allMatch(it -> it.role() == Role.UNREACHABLE);
      assertThatThrownBy(() -> cluster.clients("", false, 10))
          .isInstanceOfSatisfying(Problem.class, it -> assertThat(it.status()).isEqualTo(503));

      stub.agents.forEach(StubAgent::start);

      await().until(() -> cluster.sight().losses() == 1);
    }
  }

  @Test
  void agent_whenItAnswersNonsense_thenItIsAsIfItDidNotAnswer() {
    try (var stub = new StubCluster(folder, 3).led(1, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      stub.agent(0).answer("/api/v1/cluster", 200, "<html>proxy error</html>");
      stub.agent(2).answer("/api/v1/cluster", 500, "");

      await().untilAsserted(() -> assertThat(cluster.sight().leader()).contains("m-1"));
    }
  }

  @Test
  void nine_whenAllAreThere_thenSevenMoreMayBeLost() {
    try (var stub = new StubCluster(folder, 9).led(8, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      await().untilAsserted(() -> assertThat(cluster.sight().losses()).isEqualTo(7));
      assertThat(cluster.sight().members())
          .extracting(Sight.Member::name)
          .containsExactly("m-0", "m-1", "m-2", "m-3", "m-4", "m-5", "m-6", "m-7", "m-8");
    }
  }

  @Test
  void move_whenItIsOrdered_thenTheLeaderIsToldWithTheToken() {
    try (var stub = new StubCluster(folder, 3).led(1, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      stub.agent(1).answer("/api/v1/leader", 202, "{\"leader\":\"m-2\"}");
      await().until(() -> cluster.sight().serving());

      assertThat(cluster.moveLeader(Optional.of("m-2"))).isEqualTo("m-2");

      assertThat(stub.agent(1).requests)
          .contains(
              new StubAgent.Request(
                  "POST", "/api/v1/leader", "Bearer secret-of-agents", "{\"member\":\"m-2\"}"));
    }
  }

  @Test
  void move_whenTheAgentObjects_thenItsReasonIsGivenOn() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      stub.agent(0).answer("/api/v1/leader", 409, "{\"detail\":\"m-2 is not in sync.\"}");
      await().until(() -> cluster.sight().serving());

      assertThatThrownBy(() -> cluster.moveLeader(Optional.of("m-2")))
          .isInstanceOfSatisfying(
              Problem.class,
              it -> {
                assertThat(it.status()).isEqualTo(409);
                assertThat(it).hasMessage("m-2 is not in sync.");
              });
      assertThatThrownBy(() -> cluster.moveLeader(Optional.of("m-7\"}")))
          .isInstanceOfSatisfying(Problem.class, it -> assertThat(it.status()).isEqualTo(404));
    }
  }

  @Test
  void token_whenTheAgentDoesNotTakeIt_thenItIsNotTheVisitorWhoIsToBlame() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      stub.agent(0).answer("/api/v1/leader", 401, "{\"detail\":\"wrong.\"}");
      await().until(() -> cluster.sight().serving());

      assertThatThrownBy(() -> cluster.moveLeader(Optional.empty()))
          .isInstanceOfSatisfying(
              Problem.class,
              it -> {
                assertThat(it.status()).isEqualTo(502);
                assertThat(it).hasMessageNotContaining("secret-of-agents");
              });
    }
  }

  @Test
  void clients_whenAskedFor_thenTheLeadersAgentIsAskedWithEverythingEscaped() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      stub.agent(0)
          .answer(
              "/api/v1/clients",
              200,
              """
              {"asOf":1,"clients":[{"id":"a b&<","username":"","address":"10.0.0.1:1","connected":true,\
              "protocol":5,"cleanStart":false,"since":null,"subscriptions":2,"queued":3}],"total":9,"more":true}\
              """);
      await().until(() -> cluster.sight().serving());

      var found = cluster.clients("a b&c=+", true, 50_000);

      assertThat(found)
          .isEqualTo(
              new Cluster.Clients(
                  List.of(new Cluster.Client("a b&<", "", "10.0.0.1:1", true, 5, false, "", 2, 3)),
                  9,
                  true));
      assertThat(stub.agent(0).requests)
          .extracting(StubAgent.Request::path)
          .contains("/api/v1/clients?search=a%20b%26c%3D%2B&connected=true&limit=10000");
    }
  }

  @Test
  void disconnect_whenTheIdIsHostile_thenItStaysOnePartOfThePath() {
    try (var stub = new StubCluster(folder, 3).led(0, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      await().until(() -> cluster.sight().serving());

      assertThatThrownBy(() -> cluster.disconnect("../leader?x=#/ü"))
          .isInstanceOfSatisfying(Problem.class, it -> assertThat(it.status()).isEqualTo(404));

      assertThat(stub.agent(0).requests)
          .extracting(StubAgent.Request::path)
          .contains("/api/v1/clients/..%2Fleader%3Fx%3D%23%2F%C3%BC");
    }
  }

  @Test
  void load_whenTheLeaderGivesFigures_thenTheyAreThere_andANearLimitIsAnIssue() {
    try (var stub = new StubCluster(folder, 3).led(2, 1);
        var cluster = Cluster.watch(stub.settings(), stub.listening())) {
      stub.agent(2).answer("/metrics", 200, StubAgent.figures(1234, 95, 100));

      await()
          .untilAsserted(() ->
              assertThat(cluster.sight().load()).contains(new Sight.Load(1234, 7, 0, 95, 100)));
      await()
          .untilAsserted(() ->
              assertThat(cluster.sight().issues())
                  .extracting(Sight.Issue::what)
                  .anyMatch(it -> it.startsWith("The state takes 95 B of 100 B")));
    }
  }

  @Test
  void haproxy_whenItSeesNoLeader_thenThatIsCritical() {
    try (var proxy = new StubAgent();
        var stub = new StubCluster(folder, 3).led(0, 1)) {
      proxy.answer(
          "/metrics",
          200,
          """
          haproxy_server_status{proxy="mqtt",server="leader-1",state="UP"} 0
          haproxy_server_status{proxy="mqtt",server="leader-1",state="DOWN"} 1
          haproxy_server_status{proxy="mqtt-relay",server="any-1",state="UP"} 1
          haproxy_server_current_sessions{proxy="mqtt-relay",server="any-1"} 12
          """);
      try (var cluster =
          Cluster.watch(stub.settings("proxies=127.0.0.1:" + proxy.port()), stub.listening())) {
        await()
            .untilAsserted(() ->
                assertThat(cluster.sight().proxies())
                    .containsExactly(new Sight.Proxy("127.0.0.1", true, 0, 1, 12)));
        await()
            .untilAsserted(() ->
                assertThat(cluster.sight().issues())
                    .anyMatch(it ->
                        it.severity() == Severity.CRITICAL
                            && it.what().contains("does not see the leader")));
      }
    }
  }

  @Test
  void issues_whenAnotherRoomHasSome_thenTheyAreAmongThem() {
    try (var stub = new StubCluster(folder, 1).led(0, 1);
        var cluster = Cluster.watch(stub.settings("variant=single"), stub.listening())) {
      var issue = new Sight.Issue(Severity.WARNING, "The Kubernetes API is away.", "Wait.", "");
      cluster.addIssues(() -> List.of(issue));

      await().untilAsserted(() -> assertThat(cluster.sight().issues()).contains(issue));
    }
  }
}
