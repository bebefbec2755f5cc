package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.MqttFailure;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Real MQTT load makes the release grow, and its end makes it shrink. */
@Certified
@Order(80)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AutoscalingIT {

  /**
   * Small requests and short windows, so that a test's load is a load and its patience suffices.
   */
  private static final String ELASTIC =
      """
      broker:
        resources:
          requests: {cpu: 50m, memory: 64Mi}
          limits: {memory: 256Mi}
      autoscaling:
        minBrokers: 2
        maxBrokers: 3
        behavior:
          scaleUp: {stabilizationWindowSeconds: 0}
          scaleDown:
            stabilizationWindowSeconds: 5
            policies: [{type: Pods, value: 1, periodSeconds: 5}]
      """;

  private static final List<String> RESIDENTS = Stream.generate(Dial::freshId).limit(10).toList();

  private Installation installation;
  private Map<String, String> homes = Map.of();
  private List<String> haproxies = List.of();
  private Load load = Load.none();

  @BeforeAll
  void install(Lab lab) {
    installation = lab.install(Chart.AUTOSCALING, ELASTIC);
  }

  @AfterAll
  void calm() {
    load.close();
  }

  @Test
  @Order(1)
  void scaleOut_whenClientsKeepTheBrokersBusy_thenThereAreMore(Figures figures) {
    // Starting is work, too: what that made of the release has to be over.
    await("two brokers")
        .atMost(Duration.ofMinutes(3))
        .until(() -> installation.brokers().size() == 2);
    installation.awaitWhole();
    homes = whereResidentsLive();
    haproxies = identities();
    assertThat(installation.brokers()).hasSize(2);
    load = Load.on(installation.dial(), 8);
    var begun = System.nanoTime();
    await("a third broker")
        .atMost(Duration.ofMinutes(5))
        .until(() -> installation.brokers().size() == 3);
    figures.record("third broker asked for after", Duration.ofNanos(System.nanoTime() - begun));
    installation.awaitWhole();
    figures.record("third broker ready after", Duration.ofNanos(System.nanoTime() - begun));
    figures.record("messages published by then", load.published(), "");
  }

  @Test
  @Order(2)
  void scaleOut_whenABrokerIsAdded_thenHaproxyUsesItWithoutARestart(Figures figures) {
    var added = installation.brokers().getLast().getMetadata().getName();
    var begun = System.nanoTime();
    await("a new client on " + added)
        .atMost(Duration.ofSeconds(90))
        .ignoreExceptionsInstanceOf(MqttFailure.class)
        .until(() -> {
          try (var client = installation.dial().withFreshId().connect()) {
            return installation.whereIs(client).broker().equals(added);
          }
        });
    figures.record("first client on it after", Duration.ofNanos(System.nanoTime() - begun));
    assertThat(identities()).isEqualTo(haproxies);
  }

  @Test
  @Order(3)
  void placement_whenABrokerIsAdded_thenClientIdsStayWhereTheyWere(Figures figures) {
    var now = whereResidentsLive();
    var stayed = homes.entrySet().stream().filter(now.entrySet()::contains).count();
    figures.record("client ids that stayed", stayed + " of " + homes.size());
    assertThat(now).isEqualTo(homes);
  }

  @Test
  @Order(4)
  void scaleIn_whenTheLoadEnds_thenThereAreFewerAndTheRestServe(Figures figures) {
    load.close();
    var begun = System.nanoTime();
    await("two brokers again")
        .atMost(Duration.ofMinutes(6))
        .until(() -> installation.brokers().size() == 2);
    figures.record("scaled in after", Duration.ofNanos(System.nanoTime() - begun));
    installation.awaitWhole();
    var remaining =
        installation.brokers().stream().map(pod -> pod.getMetadata().getName()).toList();
    var now =
        await("every client to be served by a broker that is left")
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptionsInstanceOf(MqttFailure.class)
            .until(this::whereResidentsLive, homes -> remaining.containsAll(homes.values()));
    assertThat(now).isEqualTo(homes);
    assertThat(identities()).isEqualTo(haproxies);
  }

  /** Connects every resident anew, and says which broker it met. */
  private Map<String, String> whereResidentsLive() {
    var found = new TreeMap<String, String>();
    RESIDENTS.forEach(id -> found.put(id, installation.connectAndLocate(id)));
    return found;
  }

  private List<String> identities() {
    return installation.haproxies().stream()
        .map(pod ->
            "%s restarted %d times"
                .formatted(
                    pod.getMetadata().getUid(),
                    pod.getStatus().getContainerStatuses().getFirst().getRestartCount()))
        .toList();
  }
}
