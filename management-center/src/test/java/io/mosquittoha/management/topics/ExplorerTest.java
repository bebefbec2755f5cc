package io.mosquittoha.management.topics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.BrokerControl;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.FixedAddresses;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.RealBroker;
import io.mosquittoha.management.mqtt.StubBroker;
import io.mosquittoha.management.web.Problem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplorerTest {

  private static final String ONE = "11111111";
  private static final String TWO = "22222222";

  @TempDir private Path folder;

  @Test
  void views_whenSeveralHaveTheSameOpen_thenShareASubscriptionAndEndWithTheLast() throws Exception {
    var account = new Account("center", Files.writeString(folder.resolve("password"), "p"));
    try (var broker = new StubBroker();
        var explorer =
            new Explorer(
                new FixedAddresses(broker.address()),
                account,
                Explorer.Limits.USUAL,
                Duration.ofMillis(700))) {
      explorer.open(ONE, "a", "x");
      explorer.open(TWO, "b", "x");
      await()
          .untilAsserted(() -> {
            explorer.show(ONE, "a", "");
            explorer.show(TWO, "b", "");
            assertThat(explorer.held()).containsExactlyInAnyOrder("+", "+/+", "x/+/+");
            assertThat(broker.filters())
                .containsExactlyInAnyOrderElementsOf(
                    Stream.concat(explorer.held().stream(), Filters.deep().stream()).toList());
          });
      await()
          .untilAsserted(() -> {
            assertThat(explorer.pages()).isZero();
            assertThat(broker.connections()).isZero();
          });
    }
  }

  @Test
  void realBroker_whenTopicsAreRetainedOrPublished_thenAreShownWhereOpen() throws Exception {
    try (var broker = RealBroker.start(folder)) {
      var addresses = new FixedAddresses(broker.address());
      try (var control = new BrokerControl(addresses, broker.account(), false, new LongAdder())) {
        // Whoever's roles change is disconnected by the broker, also if it asked for it itself.
        assertThatThrownBy(() ->
                control.send(
                    new ObjectMapper()
                        .createObjectNode()
                        .put("command", "addClientRole")
                        .put("username", RealBroker.ADMIN.name())
                        .put("rolename", "client")))
            .isInstanceOf(Problem.class)
            .hasMessageContaining("not known");
      }
      try (var explorer =
              new Explorer(
                  addresses, broker.account(), Explorer.Limits.USUAL, Duration.ofMinutes(1));
          var publisher =
              Connection.open(
                  Connection.Options.of(broker.address(), "publisher", RealBroker.ADMIN),
                  message -> {},
                  why -> {})) {
        publisher.publish(message("a/b/c/d/e", "<script>", 1, true));
        explorer.open(ONE, "p", "a/b/c/d");
        await()
            .untilAsserted(() ->
                assertThat(explorer.show(ONE, "p", "").rows())
                    .anySatisfy(row -> {
                      assertThat(row.topic()).isEqualTo("a/b/c/d/e");
                      assertThat(row.preview()).isEqualTo("<script>");
                      assertThat(row.retained()).isTrue();
                      assertThat(row.count()).isZero();
                    }));
        await().until(() -> explorer.held().contains("a/b/c/d/+/+"));
        publisher.publish(message("a/b/c/d/e", "new", 2, false));
        publisher.publish(message("deep/1/2/3/4/5", "x", 0, false));
        await()
            .untilAsserted(() -> {
              var rows = explorer.show(ONE, "p", "").rows();
              assertThat(rows)
                  .anySatisfy(row -> {
                    assertThat(row.preview()).isEqualTo("new");
                    assertThat(row.qos()).isEqualTo(2);
                    assertThat(row.count()).isEqualTo(1);
                    assertThat(row.retained()).isTrue();
                  });
              assertThat(rows).anyMatch(row -> row.topic().equals("deep") && row.deeper());
            });
      }
    }
  }

  private static Message message(String topic, String payload, int qos, boolean retain) {
    return Message.of(topic, payload.getBytes(StandardCharsets.UTF_8), qos, retain);
  }
}
