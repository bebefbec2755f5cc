package io.mosquittoha.certification.ledger;

import static org.awaitility.Awaitility.await;

import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Message;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.mqtt.MqttFailure;
import io.mosquittoha.certification.mqtt.MqttVersion;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Clients as most people have them: they subscribe, are away when the blow falls, come back, and
 * want to find what was published meanwhile. With Eclipse Paho.
 */
final class Travellers {

  private static final int MESSAGES = 3;

  private final Dial dial;
  private final String topic;
  private final Ledger ledger;
  private int round;

  Travellers(Dial dial, String topic, Ledger ledger) {
    this.dial = dial;
    this.topic = topic;
    this.ledger = ledger;
  }

  private Dial traveller(MqttVersion version) {
    return dial.withVersion(version)
        .withClientId("%s-traveller-%s".formatted(dial.clientId(), version.ordinal()))
        .withLastingSession();
  }

  /** They leave, and mail comes for them. */
  void depart() {
    round++;
    for (var version : MqttVersion.values()) {
      try (var client = connected(traveller(version))) {
        client.subscribe(topic + "/#", 2);
      }
    }
    try (var publisher = connected(dial.withFreshId())) {
      for (var i = 0; i < MESSAGES; i++) {
        for (var qos = 1; qos <= 2; qos++) {
          publisher.publish(topic + "/mail", mail(qos).get(i), qos);
        }
      }
    }
  }

  private List<String> mail(int qos) {
    return IntStream.rangeClosed(1, MESSAGES)
        .mapToObj(i -> "%d with QoS %d of round %d".formatted(i, qos, round))
        .toList();
  }

  /** They come back and find all of it; those of each QoS in order. */
  void judge() {
    for (var version : MqttVersion.values()) {
      try (var client = connected(traveller(version))) {
        if (!client.sessionPresent()) {
          ledger.complain("%s with Paho found no session", version);
        }
        try {
          await()
              .atMost(Duration.ofSeconds(10))
              .pollInterval(Duration.ofMillis(20))
              .until(() ->
                  found(client, 1).containsAll(mail(1)) && found(client, 2).containsAll(mail(2)));
        } catch (ConditionTimeoutException e) {
          // What is missing is written down below.
        }
        expect(version, mail(1), found(client, 1).stream().distinct().toList());
        expect(version, mail(2), found(client, 2));
      }
    }
  }

  private void expect(MqttVersion version, List<String> mail, List<String> found) {
    if (!found.equals(mail)) {
      ledger.complain("%s with Paho should have found %s, and found %s", version, mail, found);
    }
  }

  private static List<String> found(MqttConnection client, int qos) {
    return client.inbox().messages().stream()
        .filter(message -> message.qos() == qos)
        .map(Message::text)
        .toList();
  }

  private static MqttConnection connected(Dial dial) {
    return await("a client with Paho to be served")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsInstanceOf(MqttFailure.class)
        .until(dial::connect, MqttConnection::isConnected);
  }
}
