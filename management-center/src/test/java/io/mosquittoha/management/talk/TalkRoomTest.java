package io.mosquittoha.management.talk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.FixedAddresses;
import io.mosquittoha.management.mqtt.StubBroker;
import io.mosquittoha.management.stub.StubRoutes;
import io.mosquittoha.management.stub.StubVisit;
import io.mosquittoha.management.web.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TalkRoomTest {

  private static final String TALK = "11111111";

  @TempDir private Path folder;

  @Test
  void subscribe_whenTheTopicsAreForCommands_thenIsRefused_andOthersAreNot() throws Exception {
    var account = new Account("center", Files.writeString(folder.resolve("password"), "p"));
    try (var broker = new StubBroker();
        var room = new TalkRoom(new FixedAddresses(broker.address()), account)) {
      var routes = new StubRoutes(room);
      routes.call(
          "POST /api/v1/talk/connect",
          StubVisit.with(new TalkRoom.Connecting(TALK, true, "", "", "talker", 0), Map.of()));

      for (var filter :
          List.of("$CONTROL/#", "$CONTROL", "$CONTROL/+/v1/response", "$share/g/$CONTROL/#")) {
        assertThatThrownBy(() -> subscribe(routes, filter))
            .as(filter)
            .isInstanceOfSatisfying(
                Problem.class, problem -> assertThat(problem.status()).isEqualTo(400))
            .hasMessageContaining("not commanded from here");
      }
      assertThat(broker.filters()).isEmpty();
      subscribe(routes, "$SYS/#");
      subscribe(routes, "#");
      assertThat(broker.filters()).containsExactlyInAnyOrder("$SYS/#", "#");
    }
  }

  private static void subscribe(StubRoutes routes, String filter) throws Exception {
    routes.call(
        "POST /api/v1/talk/subscribe",
        StubVisit.with(new TalkRoom.Subscribing(TALK, filter, 0), Map.of()));
  }
}
