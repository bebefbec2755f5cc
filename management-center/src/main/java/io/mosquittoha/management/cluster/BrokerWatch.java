package io.mosquittoha.management.cluster;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import io.mosquittoha.management.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A broker without an agent: it is there while a connection to it stands. One connection with a
 * short keep-alive sees a broker that hangs too, and does not fill the broker's log as a check that
 * connects again and again would.
 */
final class BrokerWatch implements AutoCloseable {

  private static final int KEEP_ALIVE = 2; // seconds

  private final Place place;
  private final Mqtt3AsyncClient client;
  private volatile boolean answers;
  private volatile String trouble = "it was not asked yet";

  BrokerWatch(Settings settings, Place place, Runnable changed) {
    this.place = place;
    client =
        MqttClient.builder()
            .useMqttVersion3()
            .identifier("center-watch-" + UUID.randomUUID())
            .serverAddress(place.mqtt())
            .executorConfig()
            .nettyThreads(1)
            .applyExecutorConfig()
            .transportConfig()
            .mqttConnectTimeout(2, TimeUnit.SECONDS)
            .socketConnectTimeout(1, TimeUnit.SECONDS)
            .applyTransportConfig()
            .addConnectedListener(context -> {
              answers = true;
              trouble = "";
              changed.run();
            })
            .addDisconnectedListener(context -> {
              answers = false;
              trouble = String.valueOf(context.getCause().getMessage());
              context.getReconnector().reconnect(true).delay(1, TimeUnit.SECONDS);
              changed.run();
            })
            .buildAsync();
    var connect = client.connectWith().cleanSession(true).keepAlive(KEEP_ALIVE);
    try {
      var password = Files.readString(settings.passwordFile(), StandardCharsets.UTF_8).strip();
      connect
          .simpleAuth()
          .username(settings.account())
          .password(password.getBytes(StandardCharsets.UTF_8))
          .applySimpleAuth()
          .send();
    } catch (IOException e) {
      connect.send(); // A broker that lets anybody in needs none; others say no, and that is told.
    }
  }

  Place place() {
    return place;
  }

  boolean answers() {
    return answers;
  }

  /** Why it does not answer. */
  String trouble() {
    return trouble;
  }

  @Override
  public void close() {
    client.disconnect();
  }
}
