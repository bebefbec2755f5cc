package io.mosquittoha.management.security;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import io.mosquittoha.management.mqtt.Control;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The control interface over one connection of the administrator. */
final class AdminControl implements Control, AutoCloseable {
  private static final String TOPIC = "$CONTROL/dynamic-security/v1";
  private final ObjectMapper json = new ObjectMapper();
  private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final Mqtt5AsyncClient client;

  AdminControl(String host, int port, String admin, String password) throws Exception {
    client =
        AclDifferential.connect(
            host, port, "proof-" + UUID.randomUUID(), admin, password, answers, true);
    AclDifferential.get(client.subscribeWith().topicFilter(TOPIC + "/response").send());
  }

  @Override
  public List<ObjectNode> send(List<ObjectNode> commands) {
    var answered = new ArrayList<ObjectNode>();
    try {
      var mark = UUID.randomUUID().toString();
      var payload = json.createObjectNode();
      var all = payload.putArray("commands");
      commands.forEach(command -> all.add(command.deepCopy().put("correlationData", mark)));
      AclDifferential.get(
          client
              .publishWith()
              .topic(TOPIC)
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload(json.writeValueAsBytes(payload))
              .send());
      while (answered.size() < commands.size()) {
        var text = answers.poll(AclDifferential.PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (text == null) {
          throw new TimeoutException("no answer from the control interface");
        }
        for (var response : json.readTree(text).path("responses")) {
          if (!response.path("correlationData").asText().equals(mark)) {
            continue;
          }
          if (response.has("error")) {
            throw new ControlException(answered.size(), response.path("error").asText());
          }
          answered.add(
              response.path("data") instanceof ObjectNode data ? data : json.createObjectNode());
        }
      }
    } catch (ControlException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("The broker was not to be asked", e);
    }
    return answered;
  }

  @Override
  public ObjectNode broker(String name, ObjectNode command) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    AclDifferential.disconnect(client);
  }
}
