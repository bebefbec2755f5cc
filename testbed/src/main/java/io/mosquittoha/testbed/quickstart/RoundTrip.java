package io.mosquittoha.testbed.quickstart;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;

/** One QoS 1 message from outside the cluster to the broker and back: the proof that it serves. */
final class RoundTrip {
  private RoundTrip() {}

  /**
   * Connects, subscribes, publishes and waits until the message is back.
   *
   * @return how long it took from the connection attempt to the message's arrival
   * @throws MqttException if the broker refuses or can't be reached
   * @throws TimeoutException if the message does not arrive within ten seconds
   */
  static Duration measure(String host, int port, String user, String password)
      throws MqttException, TimeoutException, InterruptedException {
    var started = System.nanoTime();
    var id = "quickstart-" + UUID.randomUUID();
    var topic = "quickstart/" + id;
    var options = new MqttConnectionOptions();
    options.setUserName(user);
    options.setPassword(password.getBytes(StandardCharsets.UTF_8));
    options.setAutomaticReconnect(false);
    options.setConnectionTimeout(10);
    var uri = "tcp://%s:%d".formatted(host, port);
    var client = new MqttClient(uri, id, new MemoryPersistence());
    client.setTimeToWait(10_000);
    try {
      client.connect(options);
      var arrived = new CompletableFuture<Duration>();
      // Paho 1.2.5 loses the listener of subscribe(filter, qos, listener): the array form keeps it.
      client.subscribe(
          new MqttSubscription[] {new MqttSubscription(topic, 1)},
          new org.eclipse.paho.mqttv5.client.IMqttMessageListener[] {
            (ignored, message) -> arrived.complete(Duration.ofNanos(System.nanoTime() - started))
          });
      client.publish(
          topic, new MqttMessage("hello".getBytes(StandardCharsets.UTF_8), 1, false, null));
      var took = arrived.get(10, TimeUnit.SECONDS);
      client.disconnect();
      return took;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      client.close(true);
    }
  }
}
