package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.Message;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.mqtt.MqttFailure;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** One broker becomes three, and keeps what it knows. */
@Certified
@Order(76)
class GrowthIT {

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final int MISSED = 20;

  @Test
  void single_whenItGrowsToHighAvailability_thenItsStateIsKept(Lab lab, Figures figures) {
    var single = lab.prepare(Chart.SINGLE);
    single.install(PATIENCE);
    single.awaitWhole();
    var login = single.login("mqtt");
    var lasting = single.dial().withLastingSession();
    var missed = IntStream.range(0, MISSED).mapToObj(number -> "number " + number).toList();
    try (var subscriber =
        await("a client to be served")
            .ignoreExceptionsInstanceOf(MqttFailure.class)
            .until(lasting::connect, MqttConnection::isConnected)) {
      subscriber.subscribe("growth/missed", 1);
    }
    try (var publisher = single.dial().withFreshId().connect()) {
      publisher.publish("growth/kept", "kept".getBytes(StandardCharsets.UTF_8), 1, true);
      missed.forEach(text -> publisher.publish("growth/missed", text, 1));
    }
    single.uninstall();

    var grown = lab.prepare(Chart.HIGH_AVAILABILITY, single.fullname());
    figures.record("helm install --wait of mosquitto-ha", grown.install(PATIENCE).took());
    grown.awaitWhole();
    var view = grown.agents().awaitFormed();
    assertThat(view.inSync()).hasSize(3);
    assertThat(grown.login("mqtt").password()).isEqualTo(login.password());
    try (var back =
        await("the client to be served")
            .ignoreExceptionsInstanceOf(MqttFailure.class)
            .until(lasting::connect, MqttConnection::isConnected)) {
      assertThat(back.sessionPresent()).isTrue();
      back.inbox().expect(missed.getLast());
      assertThat(back.inbox().messages().stream().map(Message::text).distinct())
          .containsExactlyElementsOf(missed);
    }
    try (var late = grown.dial().withFreshId().connect()) {
      late.subscribe("growth/kept", 1);
      assertThat(late.inbox().expect("kept").retained()).isTrue();
    }
    grown.agents().expectEqual();
  }
}
