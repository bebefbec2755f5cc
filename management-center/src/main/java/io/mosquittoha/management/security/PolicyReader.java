package io.mosquittoha.management.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.mqtt.Control;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Asks the broker for all that it knows. */
public final class PolicyReader {

  /**
   * Few at a time: for each account of an answer, the broker looks through all its connections, and
   * serves nobody meanwhile.
   */
  private static final int AT_ONCE = 100;

  private static final int ATTEMPTS = 5;

  private final Control control;

  public PolicyReader(Control control) {
    this.control = control;
  }

  /** The broker's count of changes: while it stays, nothing else has changed. */
  public long changeIndex() {
    return control.send(command("getDetails")).path("changeIndex").asLong();
  }

  /** Reads all of it: again from the beginning if somebody changes something meanwhile. */
  public Policy read() {
    for (int attempt = 1; ; attempt++) {
      var first =
          control.send(
              List.of(
                  command("getDetails"),
                  command("getDefaultACLAccess"),
                  command("getAnonymousGroup")));
      long changeIndex = first.get(0).path("changeIndex").asLong();
      var policy =
          Policy.of(
              changeIndex,
              all("listClients", "clients", PolicyJson::account),
              all("listGroups", "groups", PolicyJson::group),
              all("listRoles", "roles", PolicyJson::role),
              PolicyJson.readFromCommand(first.get(1).path("acls")),
              first.get(2).path("group").path("groupname").asText(""));
      if (attempt == ATTEMPTS || changeIndex() == changeIndex) {
        return policy;
      }
    }
  }

  private <T> List<T> all(String command, String field, Function<JsonNode, T> read) {
    var all = new ArrayList<T>();
    while (true) {
      var data =
          control.send(
              command(command)
                  .put("verbose", true)
                  .put("count", AT_ONCE)
                  .put("offset", all.size()));
      var page = data.path(field);
      page.forEach(node -> all.add(read.apply(node)));
      if (page.isEmpty() || all.size() >= data.path("totalCount").asInt()) {
        return all;
      }
    }
  }

  private static ObjectNode command(String name) {
    return JsonNodeFactory.instance.objectNode().put("command", name);
  }
}
