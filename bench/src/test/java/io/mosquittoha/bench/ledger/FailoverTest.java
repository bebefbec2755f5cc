package io.mosquittoha.bench.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.bench.machine.Hook;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.MqttFailure;
import io.mosquittoha.bench.mqtt.Target;
import io.mosquittoha.bench.stub.StubBroker;
import io.mosquittoha.bench.stub.StubBroker.Mistake;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailoverTest {
  private static final int AT = 20;

  private static Plan plan(int port, int rounds, int version, int... qos) {
    return new Plan(
        List.of(new Target("127.0.0.1", port)),
        Arrays.stream(qos).boxed().toList(),
        1,
        1,
        200,
        10,
        64,
        rounds,
        Duration.ofMillis(20),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofMillis(400),
        Duration.ofSeconds(5),
        Duration.ofSeconds(1),
        version,
        Identity.Credentials.NONE);
  }

  private static Failover.Result run(StubBroker broker, int qos) {
    return Failover.run(
        plan(broker.port(), 0, 4, qos),
        new Hook("true", Duration.ofSeconds(5)),
        Optional.empty(),
        line -> {});
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void ledger_whenTheBrokerKeepsItsWord_thenIsCleanAndKnowsEveryMessage(int version) {
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      var result =
          Failover.run(
              plan(broker.port(), 0, version, 1, 2),
              new Hook("true", Duration.ofSeconds(5)),
              Optional.empty(),
              line -> {});
      assertThat(result.clean()).as("%s", result).isTrue();
      assertThat(result.verdict().acknowledged()).isGreaterThan(2 * AT);
      assertThat(result.verdict().received())
          .as("each message at the subscriber, and at the one that was away")
          .isEqualTo(2 * result.verdict().acknowledged());
      assertThat(result.verdict().sessionsPresent()).as("of the one that was away").isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void ledger_whenAnAcknowledgedMessageIsDeliveredToNobody_thenItIsLost(int qos) {
    try (var broker = new StubBroker(Mistake.LOSE, AT)) {
      var verdict = run(broker, qos).verdict();
      assertThat(verdict.lost()).as("at both subscribers").isEqualTo(2);
      assertThat(verdict.clean()).isFalse();
      assertThat(verdict.examples())
          .anyMatch(
              line -> line.contains("never received 1 acknowledged") && line.endsWith(": " + AT));
    }
  }

  @Test
  void ledger_whenAQos2MessageIsDeliveredTwice_thenItIsADuplicate() {
    try (var broker = new StubBroker(Mistake.DELIVER_TWICE, AT)) {
      var verdict = run(broker, 2).verdict();
      assertThat(verdict.duplicatesExactlyOnce()).isEqualTo(2);
      assertThat(verdict.clean()).isFalse();
    }
  }

  @Test
  void ledger_whenAQos1MessageIsDeliveredTwice_thenThatIsAllowed() {
    try (var broker = new StubBroker(Mistake.DELIVER_TWICE, AT)) {
      var verdict = run(broker, 1).verdict();
      assertThat(verdict.duplicatesAtLeastOnce()).isEqualTo(2);
      assertThat(verdict.clean()).isTrue();
    }
  }

  @Test
  void subscriber_whenTheSameQos2PacketComesAgainBeforeItsPubrel_thenTheApplicationGetsItOnce() {
    try (var broker = new StubBroker(Mistake.REPEAT_THE_PACKET, AT)) {
      var verdict = run(broker, 2).verdict();
      assertThat(verdict.duplicatesExactlyOnce()).isZero();
      assertThat(verdict.clean()).as("%s", verdict).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void ledger_whenAMessageComesAfterItsSuccessor_thenItIsOutOfOrder(int qos) {
    try (var broker = new StubBroker(Mistake.DELIVER_LATE, AT)) {
      var verdict = run(broker, qos).verdict();
      assertThat(verdict.reordered()).isEqualTo(2);
      assertThat(verdict.lost()).isZero();
      assertThat(verdict.clean()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void publisher_whenTheConnectionEndsBeforeTheAnswer_thenSendsAgainWithDupUnderTheSameId(int qos) {
    try (var broker = new StubBroker(Mistake.CUT_BEFORE_THE_ANSWER, AT)) {
      var result = run(broker, qos);
      var sent =
          broker.seen().stream()
              .filter(seen -> seen.type() == MqttMessageType.PUBLISH && seen.number() == AT)
              .toList();
      assertThat(sent).hasSize(2);
      assertThat(sent.getFirst().dup()).isFalse();
      assertThat(sent.getLast().dup()).isTrue();
      assertThat(sent.getLast().packetId()).isEqualTo(sent.getFirst().packetId());
      assertThat(result.clean()).as("%s", result).isTrue();
    }
  }

  @Test
  void publisher_whenTheConnectionEndsAfterPubrec_thenGoesOnWithPubrelAndNotWithPublish() {
    try (var broker = new StubBroker(Mistake.CUT_BEFORE_PUBCOMP, AT)) {
      var result = run(broker, 2);
      var sent =
          broker.seen().stream()
              .filter(seen -> seen.number() == AT)
              .map(StubBroker.Seen::type)
              .toList();
      assertThat(sent)
          .containsExactly(MqttMessageType.PUBLISH, MqttMessageType.PUBREL, MqttMessageType.PUBREL);
      assertThat(result.clean()).as("%s", result).isTrue();
    }
  }

  @Test
  void ledger_whenSessionsAreGoneAfterAReconnect_thenTheyAreLost() {
    try (var broker = new StubBroker(Mistake.FORGET_SESSIONS, AT)) {
      var verdict = run(broker, 2).verdict();
      assertThat(verdict.sessionsLost()).as("publisher, subscriber, and who was away").isEqualTo(3);
      assertThat(verdict.clean()).isFalse();
    }
  }

  @Test
  void clients_whenAllConnectionsEndAndSessionsStay_thenNothingIsLostNorRepeated() {
    try (var broker = new StubBroker(Mistake.CUT_ALL, AT)) {
      var result =
          Failover.run(
              plan(broker.port(), 0, 4, 1, 2),
              new Hook("true", Duration.ofSeconds(5)),
              Optional.empty(),
              line -> {});
      assertThat(result.clean()).as("%s", result).isTrue();
      assertThat(result.verdict().sessionsPresent()).isEqualTo(4);
    }
  }

  @Test
  void round_whenNobodyIsInterrupted_thenSaysSoAndMeasuresTheGap() {
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      var result =
          Failover.run(
              plan(broker.port(), 1, 4, 1),
              new Hook("true", Duration.ofSeconds(5)),
              Optional.empty(),
              line -> {});
      assertThat(result.rounds()).hasSize(2).noneMatch(Round::interrupted);
      assertThat(result.rounds()).filteredOn(Round::publisher).allMatch(round -> round.gap() > 0);
    }
  }

  @Test
  void run_whenTheHookFails_thenStopsAndSaysWhatItPrinted() {
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      var result =
          Failover.run(
              plan(broker.port(), 3, 4, 1),
              new Hook("echo no such pod {n}; exit 3", Duration.ofSeconds(5)),
              Optional.empty(),
              line -> {});
      assertThat(result.clean()).isFalse();
      assertThat(result.problems())
          .hasSize(1)
          .allMatch(line -> line.contains("status 3") && line.contains("no such pod 1"));
    }
  }

  @Test
  void run_whenNoBrokerListens_thenSaysWhere() {
    int port;
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      port = broker.port();
    }
    assertThatThrownBy(() ->
            Failover.run(
                plan(port, 0, 4, 1),
                new Hook("true", Duration.ofSeconds(5)),
                Optional.empty(),
                line -> {}))
        .isInstanceOf(MqttFailure.class)
        .hasMessageContaining("127.0.0.1:" + port);
  }
}
