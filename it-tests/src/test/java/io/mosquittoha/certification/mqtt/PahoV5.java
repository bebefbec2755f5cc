package io.mosquittoha.certification.mqtt;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttClientException;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/** MQTT 5 with Paho. */
final class PahoV5 implements MqttConnection {

  private final Dial dial;
  private final MqttClient client;
  private final CuttableSockets sockets = new CuttableSockets();
  private final Inbox inbox = new Inbox();
  private final IMqttToken connected;

  PahoV5(Dial dial) {
    this.dial = dial;
    try {
      client = new MqttClient(dial.uri(), dial.clientId(), new MemoryPersistence());
    } catch (MqttException e) {
      throw failure("preparing", e);
    }
    client.setTimeToWait(dial.patience().toMillis());
    client.setCallback(new IntoInbox(inbox));
    try {
      connected = client.connectWithResult(options());
    } catch (MqttException e) {
      close();
      throw failure("connecting", e);
    }
  }

  private MqttConnectionOptions options() {
    var options = new MqttConnectionOptions();
    options.setCleanStart(dial.cleanStart());
    options.setSessionExpiryInterval(dial.cleanStart() ? 0L : 3600L);
    options.setAutomaticReconnect(false);
    options.setConnectionTimeout((int) Math.max(1, dial.patience().toSeconds()));
    options.setKeepAliveInterval(30);
    options.setExecutorServiceTimeout(0);
    dial.login()
        .ifPresent(login -> {
          options.setUserName(login.user());
          options.setPassword(login.password().getBytes(StandardCharsets.UTF_8));
        });
    dial.will()
        .ifPresent(will ->
            options.setWill(
                will.topic(),
                new MqttMessage(
                    will.payload().getBytes(StandardCharsets.UTF_8),
                    1,
                    false,
                    new MqttProperties())));
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
    return connected.getSessionPresent();
  }

  @Override
  public OptionalLong maximumPacketSize() {
    var size = connected.getResponseProperties().getMaximumPacketSize();
    return size == null ? OptionalLong.empty() : OptionalLong.of(size);
  }

  @Override
  public void publish(String topic, byte[] payload, int qos, boolean retained) {
    var deadline = System.nanoTime() + dial.patience().toNanos();
    while (true) {
      try {
        client.publish(topic, payload, qos, retained);
        return;
      } catch (MqttException e) {
        // Paho completes a message before it counts it as done, so the next one may come too early.
        if (e.getReasonCode() != MqttClientException.REASON_CODE_MAX_INFLIGHT
            || System.nanoTime() > deadline) {
          throw failure("publishing to " + topic, e);
        }
        LockSupport.parkNanos(10_000_000);
      }
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

  private record IntoInbox(Inbox inbox) implements MqttCallback {

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      inbox.add(new Message(topic, message.getPayload(), message.getQos(), message.isRetained()));
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
      // The next call on the connection says so.
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
      // Likewise.
    }

    @Override
    public void deliveryComplete(IMqttToken token) {
      // Calls wait for it themselves.
    }

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {
      // connectWithResult returns then.
    }

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {
      // No enhanced authentication is used.
    }
  }
}
