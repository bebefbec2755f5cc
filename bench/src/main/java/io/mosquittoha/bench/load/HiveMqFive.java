package io.mosquittoha.bench.load;

import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5SimpleAuth;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.mosquittoha.bench.mqtt.Target;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** MQTT 5 by the HiveMQ client. */
final class HiveMqFive implements Client {
  private final Loop loop;
  private final Identity identity;
  private final Mqtt5AsyncClient client;

  HiveMqFive(Loop loop, Target target, Identity identity, Ears ears) {
    this.loop = loop;
    this.identity = identity;
    this.client =
        Mqtt5Client.builder()
            .identifier(identity.clientId())
            .serverHost(target.host())
            .serverPort(target.port())
            .executorConfig(MqttClientExecutorConfig.builder().nettyThreads(1).build())
            .addDisconnectedListener(context -> {
              var why = context.getCause().getMessage();
              loop.executor().execute(() -> ears.lost(identity.clientId() + ": " + why));
            })
            .buildAsync();
    client.publishes(
        MqttGlobalPublishFilter.ALL,
        publish ->
            loop.executor()
                .execute(() -> ears.message(ByteBuffer.wrap(publish.getPayloadAsBytes()))));
  }

  @Override
  public CompletableFuture<Integer> connect() {
    var connect =
        client
            .connectWith()
            .cleanStart(!identity.persistent())
            .sessionExpiryInterval(identity.persistent() ? 86_400 : 0)
            .keepAlive(identity.keepAlive());
    var username = identity.credentials().username();
    if (username != null) {
      var auth = Mqtt5SimpleAuth.builder().username(username);
      var password = identity.credentials().password();
      connect =
          connect.simpleAuth(
              password == null
                  ? auth.build()
                  : auth.password(password.getBytes(StandardCharsets.UTF_8)).build());
    }
    return connect.send().thenApply(done -> done.getRestrictions().getReceiveMaximum());
  }

  @Override
  public CompletableFuture<Integer> subscribe(String filter, int qos) {
    return client
        .subscribeWith()
        .topicFilter(filter)
        .qos(MqttQos.fromCode(qos))
        .send()
        .thenApply(done -> done.getReasonCodes().getFirst().getCode());
  }

  @Override
  public void publish(String topic, byte[] payload, int qos, Runnable acknowledged) {
    var message =
        Mqtt5Publish.builder().topic(topic).qos(MqttQos.fromCode(qos)).payload(payload).build();
    var sent = client.publish(message);
    if (qos > 0) {
      sent.thenRun(() -> loop.executor().execute(acknowledged));
    }
  }

  @Override
  public void disconnect() {
    client.disconnect();
  }
}
