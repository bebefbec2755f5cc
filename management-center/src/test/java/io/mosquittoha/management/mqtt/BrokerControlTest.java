package io.mosquittoha.management.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.mqtt.Control.ControlException;
import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerControlTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RESPONSE = "$CONTROL/dynamic-security/v1/response";

  private final LongAdder failures = new LongAdder();

  @TempDir private Path folder;

  @Test
  void read_whenAnswered_thenGivesItsData() throws Exception {
    try (var broker = new StubBroker().answering(BrokerControlTest::obey);
        var control = control(new FixedAddresses(broker.address()))) {
      var answers = control.send(List.of(command("getRole"), command("listClients")));
      assertThat(answers)
          .extracting(each -> each.path("of").asText())
          .containsExactly("getRole", "listClients");
      assertThat(broker.published()).hasSize(1);
    }
  }

  @Test
  void changes_whenSeveral_thenEachWaitsForTheOneBefore() throws Exception {
    try (var broker = new StubBroker().answering(BrokerControlTest::obey);
        var control = control(new FixedAddresses(broker.address()))) {
      control.send(List.of(command("createRole"), command("createClient")));
      assertThat(broker.published()).hasSize(2);
      assertThat(broker.filters()).contains(RESPONSE);
    }
  }

  @Test
  void changes_whenOneIsRefused_thenThoseAfterItAreNotSent() throws Exception {
    try (var broker = new StubBroker().answering(BrokerControlTest::obey);
        var control = control(new FixedAddresses(broker.address()))) {
      assertThatThrownBy(
              () -> control.send(List.of(command("createRole"), command("fail"), command("x"))))
          .isInstanceOfSatisfying(
              ControlException.class, refused -> assertThat(refused.index()).isEqualTo(1))
          .hasMessage("Role already exists");
      assertThat(broker.published()).hasSize(2);
      assertThat(failures.sum()).isEqualTo(1);
    }
  }

  @Test
  void change_whenTheConnectionBreaksBeforeTheAnswer_thenIsSaidToBeUnknownAndIsNotRepeated()
      throws Exception {
    try (var broker = new StubBroker().answering((topic, payload) -> StubBroker.HANG_UP);
        var control = control(new FixedAddresses(broker.address()))) {
      assertThatThrownBy(() -> control.send(List.of(command("createRole"), command("x"))))
          .isInstanceOfSatisfying(
              Problem.class, problem -> assertThat(problem.status()).isEqualTo(503))
          .hasMessageStartingWith("It is not known whether createRole was done")
          .hasMessageEndingWith("Of 2 changes the first 0 were made, those after it were not.");
      assertThat(broker.published()).hasSize(1);
    }
  }

  @Test
  void read_whenTheConnectionBreaksBeforeTheAnswer_thenIsAskedAgain() throws Exception {
    var asked = new AtomicInteger();
    try (var broker =
            new StubBroker()
                .answering((topic, payload) ->
                    asked.incrementAndGet() == 1 ? StubBroker.HANG_UP : obey(topic, payload));
        var control = control(new FixedAddresses(broker.address()))) {
      assertThat(control.send(command("getRole")).path("of").asText()).isEqualTo("getRole");
      assertThat(asked).hasValue(2);
      assertThat(failures.sum()).isZero();
    }
  }

  /** Answers nothing any more once it is asked something. */
  private static StubBroker freezing(CompletableFuture<Void> frozen) throws IOException {
    return new StubBroker()
        .answering((topic, payload) -> {
          frozen.complete(null);
          return List.of();
        });
  }

  @Test
  void read_whenTheLeaderFreezesAndAnotherLeads_thenTheOtherIsAsked() throws Exception {
    var frozen = new CompletableFuture<Void>();
    try (var old = freezing(frozen);
        var next = new StubBroker().answering(BrokerControlTest::obey)) {
      var addresses = new FixedAddresses(old.address());
      try (var control = control(addresses)) {
        frozen.thenRun(() -> addresses.become(next.address()));
        assertThat(control.send(command("listRoles")).path("of").asText()).isEqualTo("listRoles");
      }
    }
  }

  @Test
  void read_whenNobodyServesAndPatienceIsShort_thenSaysSoBeforeThatOfChangesIsOver()
      throws Exception {
    try (var frozen = new StubBroker();
        var control = control(new FixedAddresses());
        var held = control(new FixedAddresses(frozen.address()))) {
      for (var each : List.of(control, held)) {
        var hasty = each.within(Duration.ofMillis(300));
        assertTimeoutPreemptively(
            Duration.ofSeconds(8),
            () ->
                assertThatThrownBy(() -> hasty.send(command("getRole")))
                    .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(503)));
      }
    }
  }

  @Test
  void change_whenTheLeaderFreezesAndAnotherLeads_thenIsSaidToBeUnknown() throws Exception {
    var frozen = new CompletableFuture<Void>();
    try (var old = freezing(frozen);
        var next = new StubBroker().answering(BrokerControlTest::obey)) {
      var addresses = new FixedAddresses(old.address());
      try (var control = control(addresses)) {
        frozen.thenRun(() -> addresses.become(next.address()));
        assertThatThrownBy(() -> control.send(command("deleteRole")))
            .isInstanceOf(Problem.class)
            .hasMessageContaining("not known whether deleteRole was done");
        assertThat(next.published()).isEmpty();
      }
    }
  }

  @Test
  void change_whenTheBrokerLetsNobodyIn_thenSaysWhyAndThatIsAll() throws Exception {
    try (var broker = new StubBroker().connectReason(0x86);
        var control = control(new FixedAddresses(broker.address()))) {
      assertThatThrownBy(() -> control.send(command("createRole")))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("the user name or the password is wrong")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void change_whenTheAccountMayNotPublish_thenSaysWhichRightIsMissing() throws Exception {
    try (var broker = new StubBroker().publishReason(0x87);
        var control = control(new FixedAddresses(broker.address()))) {
      assertThatThrownBy(() -> control.send(command("createRole")))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("right to publish to $CONTROL/dynamic-security/v1");
    }
  }

  @Test
  void change_whenSeveralBrokersServe_thenGoesToEachAndADifferenceIsSaid() throws Exception {
    try (var one = new StubBroker().answering(BrokerControlTest::obey);
        var two = new StubBroker().answering(BrokerControlTest::obey)) {
      var addresses = new FixedAddresses(one.address(), two.address());
      try (var control = new BrokerControl(addresses, account(), true, failures)) {
        control.send(command("createRole"));
        assertThat(one.published()).hasSize(1);
        assertThat(two.published()).hasSize(1);
        two.answering((topic, payload) -> StubBroker.HANG_UP);
        assertThatThrownBy(() -> control.send(command("createRole")))
            .isInstanceOf(Problem.class)
            .hasMessageStartingWith("broker-0 made the change, broker-1 did not");
      }
    }
  }

  @Test
  void realBroker_whenRolesAndClientsAreMade_thenTheyAreThere() throws Exception {
    try (var broker = RealBroker.start(folder);
        var control =
            new BrokerControl(
                new FixedAddresses(broker.address()), broker.account(), false, failures)) {
      control.send(
          List.of(
              command("createRole").put("rolename", "r<b>"),
              command("createClient").put("username", "sensor").put("password", "p")));
      assertThat(control.send(command("listRoles")).path("roles"))
          .extracting(Object::toString)
          .contains("\"r<b>\"");
      assertThatThrownBy(() -> control.send(command("createRole").put("rolename", "r<b>")))
          .isInstanceOf(ControlException.class)
          .hasMessage("Role already exists");
      assertThat(control.broker("broker-0", command("listListeners")).path("listeners"))
          .isNotEmpty();
      broker.kill();
      broker.restart();
      assertThat(control.send(command("getClient").put("username", "sensor")).path("client"))
          .isNotEmpty();
    }
  }

  private BrokerControl control(FixedAddresses addresses) throws IOException {
    return new BrokerControl(addresses, account(), false, failures);
  }

  private Account account() throws IOException {
    return new Account(
        "management-center", Files.writeString(folder.resolve("account"), "secret\n"));
  }

  private static ObjectNode command(String name) {
    return JSON.createObjectNode().put("command", name);
  }

  /** Does what is commanded, but "fail". */
  private static List<Message> obey(String topic, String payload) {
    try {
      var responses = JSON.createArrayNode();
      for (var command : JSON.readTree(payload).path("commands")) {
        var name = command.path("command").asText();
        var response =
            responses
                .addObject()
                .put("command", name)
                .put("correlationData", command.path("correlationData").asText());
        if (name.equals("fail")) {
          response.put("error", "Role already exists");
        } else {
          response.putObject("data").put("of", name);
        }
      }
      var body = JSON.writeValueAsString(JSON.createObjectNode().set("responses", responses));
      return List.of(
          Message.of(topic + "/response", body.getBytes(StandardCharsets.UTF_8), 0, false));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
