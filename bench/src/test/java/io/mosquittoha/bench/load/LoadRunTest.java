package io.mosquittoha.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosquittoha.bench.machine.Processes;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Target;
import io.mosquittoha.bench.stub.StubBroker;
import io.mosquittoha.bench.stub.StubBroker.Mistake;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadRunTest {
  private static Load load(
      StubBroker broker, int qos, int subscribers, double rate, int version, Library library) {
    return new Load(
        List.of(new Target("127.0.0.1", broker.port())),
        qos,
        Shape.fanOut,
        1,
        subscribers,
        true,
        64,
        rate,
        10,
        Duration.ofMillis(200),
        Duration.ofMillis(600),
        version,
        library,
        Identity.Credentials.NONE);
  }

  @ParameterizedTest
  @CsvSource({"0,4,wire", "1,4,wire", "2,4,wire", "2,5,wire", "1,4,hivemq", "2,5,hivemq"})
  void load_whenPublishedAsFastAsPossible_thenAllThatWasPublishedArrives(
      int qos, int version, Library library) {
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      var result = LoadRun.run(load(broker, qos, 1, 0, version, library), new Processes(List.of()));
      assertThat(result.published()).isGreaterThan(50);
      assertThat(result.delivered()).isGreaterThan(50);
      assertThat(result.undelivered()).isZero();
      assertThat(result.granted()).isEqualTo(qos);
      assertThat(result.acknowledged().count() > 0).isEqualTo(qos > 0);
      assertThat(result.arrived().p50()).isPositive();
    }
  }

  @Test
  void load_whenPaced_thenPublishesAtThatPaceAndEverySubscriberGetsEach() {
    try (var broker = new StubBroker(Mistake.NONE, 0)) {
      var result = LoadRun.run(load(broker, 1, 3, 200, 4, Library.wire), new Processes(List.of()));
      assertThat(result.published()).isBetween(20.0, 300.0);
      assertThat(result.delivered() / result.published()).isBetween(2.5, 3.5);
    }
  }

  @Test
  void load_whenTheBrokerGoesAway_thenTheRunFailsAndSaysSo() {
    var broker = new StubBroker(Mistake.NONE, 0);
    var closer =
        Thread.ofVirtual()
            .unstarted(() -> {
              while (broker.seen().isEmpty()) {
                LockSupport.parkNanos(5_000_000);
              }
              broker.close();
            });
    var load = load(broker, 1, 1, 100, 4, Library.wire);
    closer.start();
    assertThatThrownBy(() -> LoadRun.run(load, new Processes(List.of())))
        .hasMessageContaining("a connection was lost under load");
  }

  @Test
  void load_whenPairsDoNotMatch_thenIsRefused() {
    assertThatThrownBy(() ->
            new Load(
                List.of(new Target("h", 1)),
                1,
                Shape.pairs,
                2,
                3,
                false,
                64,
                0,
                1,
                Duration.ZERO,
                Duration.ZERO,
                4,
                Library.wire,
                Identity.Credentials.NONE))
        .hasMessageContaining("pairs need as many subscribers as publishers, not 3 and 2");
  }
}
