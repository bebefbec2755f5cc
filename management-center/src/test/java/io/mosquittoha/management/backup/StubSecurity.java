package io.mosquittoha.management.backup;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.mqtt.Control;
import java.util.ArrayList;
import java.util.List;

/** Dynamic security of a test: tells what it has, and notes what it is told to change. */
public final class StubSecurity implements Control {

  private final ObjectNode has;
  final List<ObjectNode> commands = new ArrayList<>();

  /**
   * @param has what lists answer: {@code clients}, {@code groups}, {@code roles}
   */
  public StubSecurity(ObjectNode has) {
    this.has = has;
  }

  @Override
  public List<ObjectNode> send(List<ObjectNode> all) {
    return all.stream().map(this::answer).toList();
  }

  private ObjectNode answer(ObjectNode command) {
    var answer = JsonNodeFactory.instance.objectNode();
    switch (command.path("command").asText()) {
      case "getDetails" -> answer.put("changeIndex", commands.size());
      case "getDefaultACLAccess" -> answer.putArray("acls");
      case "getAnonymousGroup" -> answer.putObject("group");
      case "listClients" -> list(answer, "clients");
      case "listGroups" -> list(answer, "groups");
      case "listRoles" -> list(answer, "roles");
      default -> commands.add(command);
    }
    return answer;
  }

  private void list(ObjectNode answer, String what) {
    var all = has.withArray(what);
    answer.put("totalCount", all.size()).set(what, all);
  }

  @Override
  public ObjectNode broker(String name, ObjectNode command) {
    throw new AssertionError("not asked");
  }
}
