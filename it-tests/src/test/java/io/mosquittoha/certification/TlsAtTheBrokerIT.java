package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.Door;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.mqtt.MqttFailure;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * TLS that HAProxy passes through to the broker, and TLS at both; certificates are renewed without
 * a restart.
 */
@Certified
@Order(30)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TlsAtTheBrokerIT {

  private static final String VALUES =
      """
      broker:
        replicas: 2
        listeners:
          websockets: {enabled: true}
      tls:
        enabled: true
        mode: %s
        plainListener: false
        selfSigned: {enabled: true}
      service:
        nodePorts: {mqtts: 31029, wss: 31031}
      """;

  private Lab lab;
  private Installation installation;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    installation =
        lab.install(
            Chart.HIGH_AVAILABILITY, VALUES.formatted("passthrough"), lab.certificateNames());
  }

  @Test
  @Order(1)
  void tls_whenItIsPassedThroughToTheBroker_thenClientsAreServed() {
    expectRoundTrips();
  }

  @Test
  @Order(2)
  void plainText_whenItIsTurnedOff_thenNobodyListens() {
    assertThatThrownBy(() -> installation.dial(Door.MQTT).connect().close())
        .isInstanceOf(MqttFailure.class);
  }

  @Test
  @Order(3)
  void certificate_whenItsSecretChanges_thenBrokersServeTheNewOneWithoutARestart(Figures figures) {
    var before = installation.authority();
    var pods = identities();
    try (var witness = installation.dial(Door.MQTTS).connect()) {
      lab.kubernetes()
          .secrets()
          .inNamespace(lab.namespace())
          .withName(installation.fullname() + "-tls")
          .delete();
      installation.upgrade(VALUES.formatted("passthrough"), lab.certificateNames());
      assertThat(installation.authority()).isNotEqualTo(before);
      var begun = System.nanoTime();
      nudgeKubelets();
      await("a certificate of the new authority")
          .atMost(Duration.ofSeconds(150))
          .ignoreExceptionsInstanceOf(MqttFailure.class)
          .until(() -> {
            installation.dial(Door.MQTTS).withFreshId().connect().close();
            return true;
          });
      figures.record("new certificate served after", Duration.ofNanos(System.nanoTime() - begun));
      assertThat(identities()).isEqualTo(pods);
      assertThat(witness.isConnected()).as("a connection from before").isTrue();
    }
  }

  @Test
  @Order(4)
  void tls_whenItEndsAtHaproxyAndBeginsAnewToTheBroker_thenClientsAreServed() {
    installation.upgrade(VALUES.formatted("reencrypt"), lab.certificateNames());
    installation.awaitWhole();
    expectRoundTrips();
  }

  private void expectRoundTrips() {
    for (var door : List.of(Door.MQTTS, Door.WSS)) {
      try (var client =
          await("a client through " + door)
              .ignoreExceptionsInstanceOf(MqttFailure.class)
              .until(() -> installation.dial(door).connect(), MqttConnection::isConnected)) {
        var topic = ReachabilityContract.topic(client, "tls");
        client.subscribe(topic, 1);
        client.publish(topic, "through " + door, 1);
        client.inbox().expect("through " + door);
      }
    }
  }

  private List<String> identities() {
    return installation.brokers().stream()
        .map(pod ->
            "%s restarted %d times"
                .formatted(
                    pod.getMetadata().getUid(),
                    pod.getStatus().getContainerStatuses().getFirst().getRestartCount()))
        .toList();
  }

  /** Kubelets look at a pod's volumes once a minute, and whenever the pod changes. */
  private void nudgeKubelets() {
    for (var pod : installation.brokers()) {
      lab.kubernetes().resource(pod).edit(TlsAtTheBrokerIT::touched);
    }
  }

  private static Pod touched(Pod pod) {
    return new PodBuilder(pod)
        .editMetadata()
        .addToAnnotations("certification/touched", Instant.now().toString())
        .endMetadata()
        .build();
  }
}
