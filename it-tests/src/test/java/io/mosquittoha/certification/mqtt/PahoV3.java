package io.mosquittoha.certification.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** MQTT 3.1.1 with Paho. */
final class PahoV3 implements MqttConnection {

  private final Dial dial;
  private final MqttClient client;
  private final CuttableSockets sockets = new CuttableSockets();
  private final Inbox inbox = new Inbox();
  private final boolean sessionPresent;

  PahoV3(Dial dial) {
    this.dial = dial;
    try {
      client = new MqttClient(dial.uri(), dial.clientId(), new MemoryPersistence());
    } catch (MqttException e) {
      throw failure("preparing", e);
    }
    client.setTimeToWait(dial.patience().toMillis());
    client.setCallback(
        new MqttCallback() {
          @Override
          public void messageArrived(String topic, MqttMessage message) {
            inbox.add(
                new Message(topic, message.getPayload(), message.getQos(), message.isRetained()));
          }

          @Override
          public void connectionLost(Throwable cause) {
            // The next call on the connection says so.
          }

          @Override
          public void deliveryComplete(IMqttDeliveryToken token) {
            // Calls wait for it themselves.
          }
        });
    try {
      sessionPresent = client.connectWithResult(options()).getSessionPresent();
    } catch (MqttException e) {
      close();
      throw failure("connecting", e);
    }
  }

  private MqttConnectOptions options() {
    var options = new MqttConnectOptions();
    options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
    options.setCleanSession(dial.cleanStart());
    options.setAutomaticReconnect(false);
    options.setConnectionTimeout((int) Math.max(1, dial.patience().toSeconds()));
    options.setKeepAliveInterval(30);
    options.setMaxInflight(100);
    options.setExecutorServiceTimeout(0);
    dial.login()
        .ifPresent(login -> {
          options.setUserName(login.user());
          options.setPassword(login.password().toCharArray());
        });
    dial.will()
        .ifPresent(will ->
            options.setWill(
                will.topic(), will.payload().getBytes(StandardCharsets.UTF_8), 1, false));
    if (dial.door().encrypted()) {
      dial.authority().ifPresent(authority -> options.setSocketFactory(Trust.only(authority)));
    } else {
      options.setSocketFactory(sockets);
    }
    return options;
  }

  @Override
  public String clientId() {
    return dial.clientId();
  }

  @Override
  public boolean isConnected() {
    return client.isConnected();
  }

  @Override
  public boolean sessionPresent() {
    return sessionPresent;
  }

  @Override
  public OptionalLong maximumPacketSize() {
    return OptionalLong.empty();
  }

  @Override
  public void publish(String topic, byte[] payload, int qos, boolean retained) {
    try {
      client.publish(topic, payload, qos, retained);
    } catch (MqttException e) {
      throw failure("publishing to " + topic, e);
    }
  }

  @Override
  public void subscribe(String filter, int qos) {
    try {
      client.subscribe(filter, qos);
    } catch (MqttException e) {
      throw failure("subscribing to " + filter, e);
    }
  }

  @Override
  public Inbox inbox() {
    return inbox;
  }

  @Override
  public void vanish() {
    sockets.cut();
  }

  @Override
  public void close() {
    try {
      if (client.isConnected()) {
        client.disconnect(500);
      } else {
        client.disconnectForcibly(0, 1, false);
      }
    } catch (MqttException e) {
      // It is gone, which is what was wanted.
    }
    try {
      client.close(true);
    } catch (MqttException e) {
      // Paho refuses to close what is still closing by itself.
    }
  }

  private MqttFailure failure(String what, MqttException cause) {
    return new MqttFailure(what, dial, cause.getReasonCode(), cause);
  }
}
