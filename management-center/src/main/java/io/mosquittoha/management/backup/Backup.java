package io.mosquittoha.management.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.security.Policy;
import io.mosquittoha.management.security.PolicyJson;
import io.mosquittoha.management.security.Topics;
import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * What a file of a backup has in it.
 *
 * @param security empty if it was left out
 * @param filter what retained messages were read with; "" if they were left out
 * @param retained by topic
 */
record Backup(Optional<Policy> security, String filter, Map<String, Message> retained) {

  private static final String KIND = "mosquitto-ha-backup";

  ObjectNode write(String release) {
    var all = JsonNodeFactory.instance.objectNode();
    all.put("kind", KIND).put("version", 1).put("release", release);
    all.put("at", Instant.now().toString());
    security.ifPresent(policy -> all.set("security", PolicyJson.write(policy)));
    if (!filter.isEmpty()) {
      var node = all.putObject("retained").put("filter", filter);
      var messages = node.putArray("messages");
      retained.values().forEach(message -> messages.add(write(message)));
    }
    return all;
  }

  /**
   * @param now asked for what the backup of security does not speak of
   * @throws Problem 400 if it is something else
   */
  static Backup read(JsonNode all, Supplier<Policy> now) {
    if (!all.path("kind").asText().equals(KIND)) {
      throw new Problem(
          400, "This is no backup of this application. Choose a file that was downloaded here.");
    }
    if (all.path("version").asInt() != 1) {
      throw new Problem(
          400, "This backup is of a newer version. Restore it with the version that made it.");
    }
    var filter = all.path("retained").path("filter").asText("");
    var messages = messages(all.path("retained").path("messages"), filter);
    return new Backup(
        all.has("security")
            ? Optional.of(PolicyJson.read(all.path("security"), now.get()))
            : Optional.empty(),
        filter,
        messages);
  }

  /**
   * What retained messages may be read with.
   *
   * @throws Problem 400 if it is no filter, or one for what is the broker's own
   */
  static void check(String filter) {
    var fault = Topics.faultOfFilter(filter);
    if (fault.isEmpty() && filter.startsWith("$")) {
      fault = Optional.of("topics that begin with $ are the broker's own");
    }
    fault.ifPresent(words -> {
      throw new Problem(
          400, "Retained messages can't be read under '%s': %s.".formatted(filter, words));
    });
  }

  private static TreeMap<String, Message> messages(JsonNode nodes, String filter) {
    var messages = new TreeMap<String, Message>();
    if (filter.isEmpty() && nodes.isEmpty()) {
      return messages;
    }
    check(filter);
    var covers = MqttTopicFilter.of(filter);
    long bytes = 0;
    for (var node : nodes) {
      var message = message(node);
      var topic = message.topic();
      var fault = Topics.faultOfTopic(topic).or(() -> Connection.fault(message));
      // What begins with $ are commands, too: nobody gives those by a file.
      if (fault.isEmpty()
          && (topic.startsWith("$") || !covers.matches(MqttTopicFilter.of(topic)))) {
        fault = Optional.of("it is not under '%s'".formatted(filter));
      }
      if (fault.isPresent()) {
        throw new Problem(
            400,
            "The backup has a message that can't be retained, of '%s': %s."
                .formatted(shortened(topic), fault.get()));
      }
      messages.put(topic, message);
      bytes += Retained.weight(message);
      if (bytes > Retained.MOST_BYTES) {
        throw Retained.tooMany();
      }
    }
    return messages;
  }

  private static String shortened(String topic) {
    return topic.length() <= 100 ? topic : topic.substring(0, 100) + "…";
  }

  /** Whether they are the same to a client. */
  static boolean same(Message one, Message other) {
    return write(one).equals(write(other));
  }

  private static ObjectNode write(Message message) {
    var node = JsonNodeFactory.instance.objectNode();
    node.put("topic", message.topic()).put("payload", message.payload());
    var properties = message.properties();
    if (properties.text()) {
      node.put("text", true);
    }
    if (!properties.contentType().isEmpty()) {
      node.put("contentType", properties.contentType());
    }
    if (!properties.responseTopic().isEmpty()) {
      node.put("responseTopic", properties.responseTopic());
    }
    properties.correlation().ifPresent(data -> node.put("correlation", data));
    if (!properties.user().isEmpty()) {
      var user = node.putArray("user");
      properties
          .user()
          .forEach(property ->
              user.addObject().put("name", property.name()).put("value", property.value()));
    }
    // Through text and back, so that bytes and their base64 are equal.
    node.put("payload", node.path("payload").asText());
    if (node.has("correlation")) {
      node.put("correlation", node.path("correlation").asText());
    }
    return node;
  }

  private static Message message(JsonNode node) {
    var topic = node.path("topic").asText();
    try {
      var payload = bytes(node.path("payload"));
      if (payload.length == 0) {
        // Published, it would take away what is there.
        throw new Problem(
            400, "The message of '%s' in the backup has no payload.".formatted(shortened(topic)));
      }
      var user = new ArrayList<Message.Property>();
      for (var property : node.path("user")) {
        user.add(
            new Message.Property(property.path("name").asText(), property.path("value").asText()));
      }
      return new Message(
          topic,
          payload,
          // A broker sends all that is retained only to a subscription of QoS 0, which does not
          // show it.
          1,
          true,
          new Message.Properties(
              node.path("text").asBoolean(),
              node.path("contentType").asText(""),
              node.path("responseTopic").asText(""),
              node.has("correlation")
                  ? Optional.of(bytes(node.path("correlation")))
                  : Optional.empty(),
              OptionalLong.empty(),
              user));
    } catch (IOException e) {
      throw new Problem(
          400, "The payload of '%s' in the backup is no base64.".formatted(shortened(topic)));
    }
  }

  private static byte[] bytes(JsonNode node) throws IOException {
    var bytes = node.binaryValue();
    return bytes == null ? new byte[0] : bytes;
  }

  /**
   * What has to be published so that retained messages are like this.
   *
   * @param now what is retained under the filter
   * @param remove whether what is not in the backup is taken away
   */
  List<Message> publications(Map<String, Message> now, boolean remove) {
    var all = new ArrayList<Message>();
    for (var message : retained.values()) {
      var there = now.get(message.topic());
      if (there == null || !same(there, message)) {
        all.add(message);
      }
    }
    if (remove) {
      missing(now.values())
          .forEach(message -> all.add(Message.of(message.topic(), new byte[0], 1, true)));
    }
    return all;
  }

  private List<Message> missing(Collection<Message> now) {
    return now.stream().filter(message -> !retained.containsKey(message.topic())).toList();
  }
}
