package io.mosquittoha.management.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class MeterTest {

  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");

  private final Meter meter = new Meter();

  private static Exposition page(String lines) {
    return Exposition.read(
        lines.strip().lines().map(it -> "mosquitto_ha_" + it + "\n").reduce("", String::concat));
  }

  private static Exposition broker(long uptime, long received) {
    return page(
        """
        serves 1.0
        broker_uptime_seconds %d
        broker_publish_messages_received_total %d
        """
            .formatted(uptime, received));
  }

  static Exposition resource(String name) throws IOException {
    try (var stream = MeterTest.class.getResourceAsStream(name)) {
      return Exposition.read(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private Row after(long seconds, Exposition said) {
    return meter.measure(START.plusSeconds(seconds), said);
  }

  @Test
  void firstRound_hasNoRates() {
    assertThat(after(0, broker(100, 5_000)).get(Figure.MESSAGES_IN)).isNaN();
  }

  @Test
  void counterThatGrew_isARateByTheBrokersOwnClock() {
    after(0, broker(100, 5_000));

    // The broker publishes every ten seconds, we were two seconds late.
    assertThat(after(12, broker(110, 5_500)).get(Figure.MESSAGES_IN)).isEqualTo(50);
  }

  @Test
  void brokerThatHasNotPublishedSince_keepsItsRate() {
    after(0, broker(100, 5_000));
    after(10, broker(110, 5_500));

    assertThat(after(20, broker(110, 5_500)).get(Figure.MESSAGES_IN)).isEqualTo(50);
    assertThat(after(30, broker(130, 5_700)).get(Figure.MESSAGES_IN)).isEqualTo(10);
  }

  @Test
  void brokerThatWasStartedAgain_countsFromNothing() {
    after(0, broker(100, 5_000));
    after(10, broker(110, 5_500));

    assertThat(after(20, broker(4, 60)).get(Figure.MESSAGES_IN)).isEqualTo(15);
  }

  @Test
  void brokerThatWasStartedAgainAndHasMoreAlready_isNotTakenForTheOldOne() {
    after(0, broker(20, 50));

    assertThat(after(10, broker(5, 1_000)).get(Figure.MESSAGES_IN)).isEqualTo(200);
  }

  @Test
  void agentThatWasStartedAgain_countsFromNothing() {
    after(0, page("process_cpu_seconds_total 40.0"));

    assertThat(after(10, page("process_cpu_seconds_total 5.0")).get(Figure.AGENT_CPU))
        .isEqualTo(0.5f);
  }

  @Test
  void memberThatWasLost_hasNoRateWhenItIsBack() {
    after(0, broker(100, 5_000));
    meter.lost();

    assertThat(after(60, broker(160, 9_000)).get(Figure.MESSAGES_IN)).isNaN();
    assertThat(after(70, broker(170, 9_010)).get(Figure.MESSAGES_IN)).isEqualTo(1);
  }

  @Test
  void memberThatLeadsNoMore_tellsNothingOfClients() {
    after(0, broker(100, 5_000));
    var row =
        after(
            10,
            page(
                """
                serves 0.0
                state_records{kind="sessions"} 12
                process_resident_memory_bytes 1.0E8
                """));

    assertThat(row.get(Figure.MESSAGES_IN)).isNaN();
    assertThat(row.get(Figure.SESSIONS)).isNaN();
    assertThat(row.get(Figure.AGENT_MEMORY)).isEqualTo(1e8f);
  }

  @Test
  void holdTimes_areThoseSinceTheLastRound() {
    var histogram =
        """
        serves 1.0
        gate_hold_seconds_bucket{le="0.001"} %d
        gate_hold_seconds_bucket{le="0.01"} %d
        gate_hold_seconds_bucket{le="+Inf"} %d
        """;
    after(0, page(histogram.formatted(1_000, 1_000, 1_000)));
    var row = after(10, page(histogram.formatted(1_000, 1_010, 1_010)));

    assertThat((double) row.get(Figure.HOLD_HALF)).isCloseTo(0.0055, within(1e-6));
    assertThat((double) row.get(Figure.HOLD_MOST)).isCloseTo(0.00991, within(1e-6));
    assertThat(after(20, page(histogram.formatted(1_000, 1_010, 1_010))).get(Figure.HOLD_HALF))
        .as("nothing was held")
        .isNaN();
    assertThat((double) after(30, page(histogram.formatted(10, 10, 10))).get(Figure.HOLD_HALF))
        .as("the agent was started again")
        .isCloseTo(0.0005, within(1e-6));
  }

  @Test
  void quantileBeyondAllBounds_isTheLastBound() {
    assertThat(
            Meter.quantile(
                new TreeMap<>(Map.of(1.0, 1.0, 5.0, 2.0, Double.POSITIVE_INFINITY, 10.0)), 0.9))
        .isEqualTo(5);
  }

  @Test
  void agentsPage_hasAllThatThereIsOfItsMember() throws IOException {
    var leader = after(0, resource("leader.prom"));
    var follower = new Meter().measure(START, resource("follower.prom"));

    assertThat(leader.get(Figure.CONNECTED)).isZero();
    assertThat(leader.get(Figure.SESSIONS)).isZero();
    assertThat(leader.get(Figure.RETAINED)).isEqualTo(1);
    assertThat(leader.get(Figure.BROKER_MEMORY)).isEqualTo(8_196_096f);
    assertThat(follower.get(Figure.RETAINED)).isNaN();
    assertThat(follower.get(Figure.AGENT_MEMORY)).isGreaterThan(1e7f);
    assertThat(follower.get(Figure.STATE_MEMORY)).isPositive();
  }

  @Test
  void brokersOwnTopics_haveTheSameFiguresWithoutAnAgent() {
    var topics =
        Map.of(
            "uptime", "100 seconds",
            "publish/messages/received", "1000",
            "clients/total", "7",
            "clients/connected", "3",
            "retained messages/count", "50",
            "heap/current", "884256",
            "version", "mosquitto version 2.1.2");
    var row = after(0, Exposition.ofTopics(topics));

    assertThat(row.get(Figure.CONNECTED)).isEqualTo(3);
    assertThat(row.get(Figure.SESSIONS)).isEqualTo(7);
    assertThat(row.get(Figure.RETAINED)).isEqualTo(50);
    assertThat(row.get(Figure.BROKER_MEMORY)).isEqualTo(884_256f);
    var later =
        Exposition.ofTopics(Map.of("uptime", "110 seconds", "publish/messages/received", "1100"));
    assertThat(after(10, later).get(Figure.MESSAGES_IN)).isEqualTo(10);
  }

  @Test
  void linesThatMakeNoSense_arePassedOver() {
    var page =
        Exposition.read(
            """
            # HELP mosquitto_ha_epoch Grows with each leader.
            mosquitto_ha_epoch{
            mosquitto_ha_epoch{member="a\\"b\\\\c",x="1"} 3.0
            mosquitto_ha_epoch nonsense
            mosquitto_ha_
            other 4
            mosquitto_ha_epoch 7.0 1795626144507
            """);

    assertThat(page.value("epoch")).hasValue(7);
    assertThat(page.value("epoch", "member", "a\"b\\c")).hasValue(3);
  }
}
