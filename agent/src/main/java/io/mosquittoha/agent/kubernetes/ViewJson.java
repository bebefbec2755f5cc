package io.mosquittoha.agent.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.View;
import java.io.IOException;
import java.util.ArrayList;

/** A view as people can read it. */
final class ViewJson {

  static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private ViewJson() {}

  static ObjectNode write(View view) {
    var node = JSON.createObjectNode();
    node.put("cluster", view.cluster());
    node.put("epoch", view.epoch());
    node.put("revision", view.revision());
    node.set("leader", write(view.leader()));
    var members = node.putArray("inSync");
    view.inSync().forEach(member -> members.add(write(member)));
    return node;
  }

  private static ObjectNode write(Member member) {
    return JSON.createObjectNode()
        .put("name", member.name())
        .put("incarnation", member.incarnation());
  }

  /**
   * Reads a view.
   *
   * @throws IOException if it is none; nothing is guessed, because everything hangs on it
   */
  static View read(String text) throws IOException {
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IOException("the view is not JSON: " + e.getOriginalMessage(), e);
    }
    var members = new ArrayList<Member>();
    for (var member : child(node, "inSync")) {
      members.add(member(member));
    }
    var view =
        new View(
            text(node, "cluster"),
            number(node, "epoch"),
            number(node, "revision"),
            member(child(node, "leader")),
            members);
    if (!view.inSync().contains(view.leader())) {
      throw new IOException("the view's leader is not in sync");
    }
    return view;
  }

  private static Member member(JsonNode node) throws IOException {
    return new Member(text(node, "name"), text(node, "incarnation"));
  }

  private static JsonNode child(JsonNode node, String name) throws IOException {
    var child = node.get(name);
    if (child == null || !child.isContainerNode()) {
      throw new IOException("the view has no " + name);
    }
    return child;
  }

  private static String text(JsonNode node, String name) throws IOException {
    var child = node.get(name);
    if (child == null || !child.isTextual() || child.textValue().isEmpty()) {
      throw new IOException("the view has no " + name);
    }
    return child.textValue();
  }

  private static long number(JsonNode node, String name) throws IOException {
    var child = node.get(name);
    if (child == null || !child.isIntegralNumber() || !child.canConvertToLong()) {
      throw new IOException("the view has no " + name);
    }
    return child.longValue();
  }
}
