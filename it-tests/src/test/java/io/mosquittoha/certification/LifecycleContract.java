package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.Login;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.mqtt.MqttFailure;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The life of a release with the chart's defaults, in the order in which a user lives it. */
@Certified
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class LifecycleContract {

  /** The promise of a first installation. */
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  private static final String TAG = "0.1.0-upgraded";
  private static final String SMALLER_PACKETS =
      """
      broker:
        settings: {maxPacketSize: 70000}
      """;

  private Lab lab;
  private Installation installation;
  private Login login;
  private Map<String, String> volumes = Map.of();

  abstract Chart chart();

  @BeforeAll
  void prepare(Lab lab) {
    this.lab = lab;
    installation = lab.prepare(chart());
  }

  @Test
  @Order(1)
  void install_whenImagesArePresent_thenItIsReadyWithinAMinute(Figures figures) {
    var outcome = installation.install(READY_WITHIN);
    figures.record("helm install --wait", outcome.took());
    installation.awaitWhole();
    login = installation.login("mqtt");
    expectPacketSize(16777216);
    assertThat(outcome.output()).as("NOTES").contains("mqtt");
  }

  @Test
  @Order(2)
  void helmTest_whenReleaseIsInstalled_thenItPublishesAndReceives(Figures figures) {
    figures.record("helm test", installation.test().took());
  }

  @Test
  @Order(2)
  void metrics_whenABrokerServes_thenWhatItTellsOfItselfIsAmongThem() {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        chart() != Chart.AUTOSCALING, "mosquitto-ha-autoscaling has no agents");
    await("the figures of $SYS")
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            installation.brokers().stream()
                .anyMatch(pod -> metrics(pod, 7070).contains("mosquitto_ha_broker_uptime_seconds ")));
  }

  @Test
  @Order(3)
  void upgrade_whenConfigurationAndImageChange_thenBrokersRunBoth(Figures figures) {
    remember();
    var before = uids(installation.brokers());
    var outcome = installation.upgrade(SMALLER_PACKETS, newImage());
    figures.record("helm upgrade --wait", outcome.took());
    installation.awaitWhole();
    assertThat(uids(installation.brokers())).doesNotContainAnyElementsOf(before);
    if (lab.isTestbed()) {
      assertThat(installation.brokers())
          .allSatisfy(
              pod -> assertThat(pod.getSpec().getContainers().getFirst().getImage()).endsWith(TAG));
    }
    expectPacketSize(70000);
    assertThat(installation.login("mqtt").password())
        .as("the password")
        .isEqualTo(login.password());
  }

  @Test
  @Order(4)
  void upgrade_whenOnlyHaproxysConfigurationChanges_thenItReloadsAndNothingRestarts(
      Figures figures) {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        chart() != Chart.SINGLE, "mosquitto-single has no HAProxy");
    var before = identities();
    try (var witness = installation.dial().connect()) {
      installation.upgrade(SMALLER_PACKETS, newImage(), "haproxy: {maxConnections: 4321}");
      // A client that a broker leads to the leader passes through HAProxy twice.
      var limit = chart() == Chart.HIGH_AVAILABILITY ? 2 * 4321 : 4321;
      var begun = System.nanoTime();
      nudgeKubelets();
      await("every HAProxy to have the new limit")
          .atMost(Duration.ofSeconds(150))
          .until(() ->
              installation.haproxies().stream()
                  .allMatch(pod -> metrics(pod, 8404).contains("haproxy_process_max_connections " + limit)));
      figures.record("reloaded after", Duration.ofNanos(System.nanoTime() - begun));
      assertThat(identities()).isEqualTo(before);
      assertThat(witness.isConnected()).as("a connection from before").isTrue();
    }
  }

  @Test
  @Order(5)
  void rollback_whenUpgradeIsUndone_thenTheFirstConfigurationServes(Figures figures) {
    figures.record("helm rollback --wait", installation.rollback(1).took());
    installation.awaitWhole();
    expectPacketSize(16777216);
    assertThat(installation.brokers())
        .allSatisfy(pod ->
            assertThat(pod.getSpec().getContainers().getFirst().getImage()).doesNotEndWith(TAG));
    assertThat(installation.login("mqtt").password()).isEqualTo(login.password());
  }

  @Test
  @Order(6)
  void uninstall_whenVolumesAreRetained_thenOnlyTheyAndWhatBelongsToThemAreLeft(Figures figures) {
    remember();
    volumes = boundVolumes();
    assertThat(volumes).isNotEmpty();
    figures.record("helm uninstall --wait", installation.uninstall().took());
    var kept = new java.util.TreeSet<>(volumes.keySet());
    kept.add("Secret/" + installation.fullname() + "-accounts");
    kept.add("Secret/" + installation.fullname() + "-management-center");
    if (chart() == Chart.HIGH_AVAILABILITY) {
      // It says which of the volumes has the last word.
      kept.add("Lease/" + installation.fullname() + "-view");
    }
    await("the release's objects to go")
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(() -> assertThat(remains()).containsExactlyInAnyOrderElementsOf(kept));
  }

  @Test
  @Order(7)
  void reinstall_whenVolumesWereRetained_thenItFindsItsData(Figures figures) {
    figures.record("helm install --wait, again", installation.install(READY_WITHIN).took());
    installation.awaitWhole();
    assertThat(boundVolumes()).isEqualTo(volumes);
    assertThat(installation.login("mqtt").password()).isEqualTo(login.password());
    recall();
  }

  /** Leaves something with the brokers that must outlive the release. */
  void remember() {
    try (var client = connect()) {
      client.publish(
          "certification/remember",
          "me".getBytes(java.nio.charset.StandardCharsets.UTF_8),
          1,
          true);
    }
  }

  /** Expects what {@link #remember()} left. */
  void recall() {
    try (var client = connect()) {
      client.subscribe("certification/remember", 1);
      assertThat(client.inbox().expect("me").retained()).isTrue();
    }
  }

  final MqttConnection connect() {
    return await("a client to be served")
        .ignoreExceptionsInstanceOf(MqttFailure.class)
        .until(() -> installation.dial().withLogin(login).connect(), MqttConnection::isConnected);
  }

  private void expectPacketSize(long size) {
    try (var client = connect()) {
      assertThat(client.maximumPacketSize()).hasValue(size);
    }
  }

  /** On somebody's cluster there is only the one image that its values name. */
  private String newImage() {
    if (!lab.isTestbed()) {
      return "";
    }
    for (var node : lab.machines().nodes()) {
      node.exec(
              "ctr",
              "--namespace",
              "k8s.io",
              "images",
              "tag",
              "--force",
              "ghcr.io/mosquitto-ha/broker:0.1.0",
              "ghcr.io/mosquitto-ha/broker:" + TAG)
          .orThrow();
    }
    return "broker: {image: {tag: \"" + TAG + "\"}}";
  }

  private Map<String, String> boundVolumes() {
    return lab
        .kubernetes()
        .persistentVolumeClaims()
        .inNamespace(lab.namespace())
        .list()
        .getItems()
        .stream()
        .collect(
            Collectors.toMap(
                LifecycleContract::named, LifecycleContract::volume, (a, b) -> a, TreeMap::new));
  }

  private static String volume(PersistentVolumeClaim claim) {
    return claim.getMetadata().getUid() + " " + claim.getSpec().getVolumeName();
  }

  /** What is left of the release; what Kubernetes itself puts into each namespace is not. */
  private List<String> remains() {
    return lab.objects()
        .filter(object -> !object.getKind().equals("Node"))
        .map(LifecycleContract::named)
        .filter(name ->
            !name.equals("ConfigMap/kube-root-ca.crt")
                && !name.equals("ConfigMap/openshift-service-ca.crt")
                && !name.matches("(ServiceAccount|Secret)/(default|builder|deployer)\\b.*"))
        .toList();
  }

  private static String named(HasMetadata object) {
    return object.getKind() + "/" + object.getMetadata().getName();
  }

  private static List<String> uids(List<Pod> pods) {
    return pods.stream().map(pod -> pod.getMetadata().getUid()).toList();
  }

  private List<String> identities() {
    return java.util.stream.Stream.concat(
            installation.brokers().stream(), installation.haproxies().stream())
        .map(pod ->
            "%s %s restarted %d times"
                .formatted(
                    pod.getMetadata().getName(),
                    pod.getMetadata().getUid(),
                    pod.getStatus().getContainerStatuses().getFirst().getRestartCount()))
        .toList();
  }

  private String metrics(Pod pod, int port) {
    var page =
        lab.kubernetes()
            .raw(
                "/api/v1/namespaces/%s/pods/%s:%d/proxy/metrics"
                    .formatted(lab.namespace(), pod.getMetadata().getName(), port));
    return page == null ? "" : page;
  }

  /** Kubelets look at a pod's volumes once a minute, and whenever the pod changes. */
  private void nudgeKubelets() {
    for (var pod : installation.haproxies()) {
      lab.kubernetes()
          .resource(pod)
          .edit(now ->
              new PodBuilder(now)
                  .editMetadata()
                  .addToAnnotations("certification/touched", Instant.now().toString())
                  .endMetadata()
                  .build());
    }
  }
}
