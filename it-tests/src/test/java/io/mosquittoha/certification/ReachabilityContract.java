package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.lab.PodProcesses;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Door;
import io.mosquittoha.certification.mqtt.Login;
import io.mosquittoha.certification.mqtt.Message;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.mqtt.MqttFailure;
import io.mosquittoha.certification.mqtt.MqttVersion;
import io.mosquittoha.certification.mqtt.Trust;
import io.mosquittoha.certification.mqtt.Will;
import io.mosquittoha.certification.report.Figures;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a client outside the cluster can rely on, whatever the variant: through every door, with
 * both protocol versions.
 */
@Certified
abstract class ReachabilityContract {

  /**
   * All doors open, with a certificate for the address that is dialled, and the client's address
   * kept.
   */
  static final String ALL_DOORS =
      """
      broker:
        listeners:
          websockets: {enabled: true}
      tls:
        enabled: true
        selfSigned: {enabled: true}
      service:
        externalTrafficPolicy: Local
        nodePorts: {mqtt: 31028, mqtts: 31029, websockets: 31030, wss: 31031}
      """;

  private Lab lab;
  private Installation installation;

  abstract Installation install(Lab lab);

  @BeforeAll
  void installOnce(Lab lab) {
    this.lab = lab;
    installation = install(lab);
    // Ready pods are known to the node's proxy a moment later.
    installation.servingBroker();
  }

  final Installation installation() {
    return installation;
  }

  static Stream<Arguments> everyDoorAndVersion() {
    return Stream.of(Door.values())
        .flatMap(
            door -> Stream.of(MqttVersion.values()).map(version -> Arguments.of(door, version)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("everyDoorAndVersion")
  void reachability_whenClientDialsTheNodePort_thenMessagesOfEveryQosComeBack(
      Door door, MqttVersion version, Figures figures) {
    var dial = installation.dial(door).withVersion(version);
    var begun = System.nanoTime();
    try (var client = dial.connect()) {
      figures.record("connected in", Duration.ofNanos(System.nanoTime() - begun));
      client.subscribe(topic(client, "#"), 2);
      for (var qos = 0; qos <= 2; qos++) {
        var text = "with QoS " + qos;
        var sent = System.nanoTime();
        client.publish(topic(client, "qos/" + qos), text, qos);
        var arrived = client.inbox().expect(text);
        figures.record(
            "QoS %d there and back".formatted(qos), Duration.ofNanos(System.nanoTime() - sent));
        assertThat(arrived.qos()).isEqualTo(qos);
        assertThat(arrived.topic()).isEqualTo(topic(client, "qos/" + qos));
      }
      assertThat(client.inbox().messages()).hasSize(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void publishing_whenAnotherClientIsSubscribed_thenItReceivesInOrder(MqttVersion version) {
    try (var subscriber = installation.dial().withVersion(version).connect();
        var publisher = neighbourOf(subscriber, version)) {
      subscriber.subscribe(topic(subscriber, "order"), 1);
      for (var i = 1; i <= 50; i++) {
        publisher.publish(topic(subscriber, "order"), "number " + i, 1);
      }
      subscriber.inbox().expect("number 50");
      assertThat(subscriber.inbox().messages().stream().map(Message::text))
          .filteredOn(text -> text.startsWith("number"))
          .hasSize(50)
          .startsWith("number 1", "number 2")
          .endsWith("number 49", "number 50");
    }
  }

  @ParameterizedTest
  @EnumSource
  void retained_whenClientSubscribesLater_thenItGetsTheMessage(MqttVersion version) {
    try (var publisher = installation.dial().withVersion(version).connect();
        var later = neighbourOf(publisher, version)) {
      var topic = topic(publisher, "retained");
      publisher.publish(topic, "kept".getBytes(StandardCharsets.UTF_8), 1, true);
      later.subscribe(topic, 1);
      assertThat(later.inbox().expect("kept").retained()).isTrue();
      publisher.publish(topic, new byte[0], 1, true);
    }
  }

  @ParameterizedTest
  @EnumSource
  void will_whenClientVanishes_thenOthersAreTold(MqttVersion version) {
    var witnessDial = installation.dial().withVersion(version);
    try (var witness = witnessDial.connect()) {
      var topic = topic(witness, "will");
      witness.subscribe(topic, 1);
      var mortal =
          neighbourOf(witness, version, installation.dial().withWill(new Will(topic, "gone")));
      mortal.vanish();
      witness.inbox().expect("gone");
      mortal.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void will_whenClientSaysGoodbye_thenNobodyIsTold(MqttVersion version) {
    try (var witness = installation.dial().withVersion(version).connect()) {
      var topic = topic(witness, "will");
      witness.subscribe(topic, 1);
      neighbourOf(witness, version, installation.dial().withWill(new Will(topic, "gone"))).close();
      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(10))
          .until(() -> !witness.inbox().holds(message -> message.text().equals("gone")));
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("everyDoorAndVersion")
  void payload_whenItIsOneMegabyte_thenItArrivesUnchanged(
      Door door, MqttVersion version, Figures figures) {
    var payload = new byte[1024 * 1024];
    new Random(7).nextBytes(payload);
    try (var client = installation.dial(door).withVersion(version).connect()) {
      client.subscribe(topic(client, "large"), 1);
      var sent = System.nanoTime();
      client.publish(topic(client, "large"), payload, 1, false);
      var arrived =
          client.inbox().expect("a large message", message -> message.payload().length > 0);
      figures.record("1 MiB there and back", Duration.ofNanos(System.nanoTime() - sent));
      assertThat(arrived.payload()).isEqualTo(payload);
    }
  }

  @ParameterizedTest
  @EnumSource
  void session_whenClientWasAway_thenItGetsWhatItMissed(MqttVersion version) {
    var lasting = installation.dial().withVersion(version).withLastingSession();
    var topic = "certification/" + lasting.clientId() + "/missed";
    MqttConnection publisher;
    try (var subscriber = lasting.connect()) {
      subscriber.subscribe(topic, 1);
      publisher = neighbourOf(subscriber, version);
    }
    try (publisher) {
      publisher.publish(topic, "missed you", 1);
    }
    try (var back = lasting.connect()) {
      assertThat(back.sessionPresent()).isTrue();
      back.inbox().expect("missed you");
    }
    installation.dial().withVersion(version).withClientId(lasting.clientId()).connect().close();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("everyDoorAndVersion")
  void login_whenPasswordIsWrong_thenClientIsRefused(Door door, MqttVersion version) {
    var wrong = installation.dial(door).withVersion(version).withLogin(new Login("mqtt", "wrong"));
    assertThat(refusal(wrong).isRefusal()).isTrue();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("everyDoorAndVersion")
  void login_whenClientIsAnonymous_thenItIsRefused(Door door, MqttVersion version) {
    assertThat(refusal(installation.dial(door).withVersion(version).anonymous()).isRefusal())
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"MQTTS", "WSS"})
  void tls_whenClientTrustsAnotherAuthority_thenItRefusesToTalk(Door door) throws IOException {
    byte[] other;
    try (var stream = getClass().getResourceAsStream("/another-authority.pem")) {
      other = stream.readAllBytes();
    }
    var failure = refusal(installation.dial(door).withAuthority(Trust.certificate(other)));
    assertThat(failure).hasStackTraceContaining("unable to find valid certification path");
  }

  @Test
  void account_whenItIsNotAnAdministrators_thenItCannotAdminister() {
    assertThat(administers(installation.login("admin"))).as("the account admin").isTrue();
    assertThat(administers(installation.login("mqtt"))).as("the account mqtt").isFalse();
  }

  /** Whether the broker answers this account's question about all accounts. */
  private boolean administers(Login login) {
    try (var client = installation.dial().withFreshId().withLogin(login).connect()) {
      client.subscribe("$CONTROL/dynamic-security/v1/response", 1);
      client.publish(
          "$CONTROL/dynamic-security/v1", "{\"commands\":[{\"command\":\"listClients\"}]}", 1);
      var deadline = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      while (System.nanoTime() < deadline && client.inbox().messages().isEmpty()) {
        LockSupport.parkNanos(1_000_000);
      }
      return client.inbox().holds(message -> message.text().contains("listClients"));
    } catch (MqttFailure e) {
      return false; // Refused, be it the subscription or the command.
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MQTT", "WEBSOCKETS", "MQTTS"})
  void log_whenClientConnects_thenTheBrokerNamesTheClientsOwnAddress(Door door, Figures figures)
      throws IOException {
    assumeAddressIsKept(door);
    try (var client = installation.dial(door).connect()) {
      var sighting = installation.whereIs(client);
      figures.record("address in the broker's log", sighting.address());
      assertThat(sighting.address()).isEqualTo(ownAddress(door));
    }
  }

  /** Overridden where TLS that ends at the broker has no way to carry the address. */
  void assumeAddressIsKept(Door door) {
    assertThat(door).isNotNull();
  }

  /** On the testbed the machine stands behind the node's gateway; elsewhere it is its own. */
  private String ownAddress(Door door) throws IOException {
    if (lab.isTestbed()) {
      return PodProcesses.gatewayOf(lab.machines().nodes().getFirst());
    }
    var node = lab.nodePort(door.nodePort());
    try (var socket = new Socket(node.getHostString(), node.getPort())) {
      return socket.getLocalAddress().getHostAddress();
    }
  }

  private static MqttFailure refusal(Dial dial) {
    var failure = catchThrowableOfType(MqttFailure.class, () -> dial.connect().close());
    assertThat(failure).as("what %s got", dial.door()).isNotNull();
    return failure;
  }

  private MqttConnection neighbourOf(MqttConnection other, MqttVersion version) {
    return neighbourOf(other, version, installation.dial());
  }

  /**
   * A second client on the same broker. Where clients are spread over brokers which do not speak to
   * each other yet, it takes a few client ids until one is placed there.
   */
  private MqttConnection neighbourOf(MqttConnection other, MqttVersion version, Dial dial) {
    var broker = installation.whereIs(other).broker();
    for (var attempt = 0; attempt < 40; attempt++) {
      var candidate = dial.withVersion(version).withFreshId().connect();
      if (installation.haproxies().isEmpty()
          || installation.whereIs(candidate).broker().equals(broker)) {
        return candidate;
      }
      candidate.close();
    }
    throw new AssertionError("of 40 clients none was placed on " + broker);
  }

  static String topic(MqttConnection client, String rest) {
    return "certification/" + client.clientId() + "/" + rest;
  }
}
