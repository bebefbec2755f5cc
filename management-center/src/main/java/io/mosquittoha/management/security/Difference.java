package io.mosquittoha.management.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.security.Wish.DeleteAccount;
import io.mosquittoha.management.security.Wish.DeleteGroup;
import io.mosquittoha.management.security.Wish.DeleteRole;
import io.mosquittoha.management.security.Wish.PutAccount;
import io.mosquittoha.management.security.Wish.PutGroup;
import io.mosquittoha.management.security.Wish.PutRole;
import io.mosquittoha.management.security.Wish.SetAnonymousGroup;
import io.mosquittoha.management.security.Wish.SetDefaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One thing that differs between two policies.
 *
 * @param name of the client, group or role; "" for what there is only one of
 * @param before empty if it is new
 * @param after empty if it is deleted
 */
public record Difference(
    Kind kind, String name, Optional<ObjectNode> before, Optional<ObjectNode> after) {

  /** What it is. */
  public enum Kind {
    CLIENT("client"),
    GROUP("group"),
    ROLE("role"),
    DEFAULTS("default access"),
    ANONYMOUS("anonymous group");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  /** What happened to it: created, changed or deleted. */
  public String what() {
    return before.isEmpty() ? "created" : after.isEmpty() ? "deleted" : "changed";
  }

  /** Its kind and name. */
  public String words() {
    return name.isEmpty() ? kind.words() : kind.words() + " '" + name + "'";
  }

  /** One field or rule that differs, each side in words; "" if it is not there. */
  public record Line(String field, String before, String after) {}

  /** What differs in it, for readers. */
  public List<Line> lines() {
    var lines = new ArrayList<Line>();
    var was = before.orElseGet(JsonNodeFactory.instance::objectNode);
    var is = after.orElseGet(JsonNodeFactory.instance::objectNode);
    var fields = new TreeSet<String>();
    was.fieldNames().forEachRemaining(fields::add);
    is.fieldNames().forEachRemaining(fields::add);
    for (var field : fields) {
      var old = was.path(field);
      var now = is.path(field);
      if (old.equals(now)) {
        continue;
      }
      if (old.isArray() || now.isArray()) {
        old.forEach(element -> {
          if (!contains(now, element)) {
            lines.add(new Line(field, words(element), ""));
          }
        });
        now.forEach(element -> {
          if (!contains(old, element)) {
            lines.add(new Line(field, "", words(element)));
          }
        });
      } else {
        lines.add(new Line(field, old.asText(), now.asText()));
      }
    }
    return lines;
  }

  /** As the REST interface tells it. */
  public ObjectNode json() {
    var node = JsonNodeFactory.instance.objectNode();
    node.put("kind", kind.name());
    node.put("name", name);
    node.put("what", what());
    node.put("words", words());
    var all = node.putArray("lines");
    for (var line : lines()) {
      all.addObject()
          .put("field", line.field())
          .put("before", line.before())
          .put("after", line.after());
    }
    return node;
  }

  private static boolean contains(JsonNode list, JsonNode element) {
    for (var each : list) {
      if (each.equals(element)) {
        return true;
      }
    }
    return false;
  }

  private static String words(JsonNode element) {
    if (element.has("acltype")) {
      return "%s %s %s (priority %d)"
          .formatted(
              element.path("allow").asBoolean() ? "allow" : "deny",
              element.path("acltype").asText(),
              element.path("topic").asText(),
              element.path("priority").asInt());
    }
    var name = element.path("rolename").asText(element.path("groupname").asText());
    return element.has("priority")
        ? name + " (priority " + element.path("priority").asInt() + ")"
        : name;
  }

  /** What would make it as it was. */
  Wish backward() {
    return wish(before);
  }

  private Wish wish(Optional<ObjectNode> wanted) {
    return switch (kind) {
      case CLIENT ->
          wanted
              .<Wish>map(node -> new PutAccount(PolicyJson.account(node)))
              .orElseGet(() -> new DeleteAccount(name));
      case GROUP ->
          wanted
              .<Wish>map(node -> new PutGroup(PolicyJson.group(node)))
              .orElseGet(() -> new DeleteGroup(name));
      case ROLE ->
          wanted
              .<Wish>map(node -> new PutRole(PolicyJson.role(node)))
              .orElseGet(() -> new DeleteRole(name));
      case DEFAULTS -> new SetDefaults(PolicyJson.defaults(wanted.orElseThrow()));
      case ANONYMOUS -> new SetAnonymousGroup(wanted.orElseThrow().path("groupname").asText());
    };
  }

  /** Whether it is in that policy as it was after this difference. */
  boolean stillHolds(Policy policy) {
    return switch (kind) {
      case CLIENT -> policy.account(name).equals(after.map(PolicyJson::account));
      case GROUP -> policy.group(name).equals(after.map(PolicyJson::group));
      case ROLE -> policy.role(name).equals(after.map(PolicyJson::role));
      case DEFAULTS -> after.map(PolicyJson::defaults).equals(Optional.of(policy.defaults()));
      case ANONYMOUS ->
          after
              .map(node -> node.path("groupname").asText())
              .equals(Optional.of(policy.anonymousGroup()));
    };
  }

  /** Everything that differs. */
  public static List<Difference> between(Policy before, Policy after) {
    var all = new ArrayList<Difference>();
    compare(
        Kind.CLIENT,
        before.accounts(),
        after.accounts(),
        account -> PolicyJson.write(account, true),
        all);
    compare(Kind.GROUP, before.groups(), after.groups(), PolicyJson::write, all);
    compare(Kind.ROLE, before.roles(), after.roles(), PolicyJson::write, all);
    if (!before.defaults().equals(after.defaults())) {
      all.add(
          new Difference(
              Kind.DEFAULTS,
              "",
              Optional.of(PolicyJson.write(before.defaults())),
              Optional.of(PolicyJson.write(after.defaults()))));
    }
    if (!before.anonymousGroup().equals(after.anonymousGroup())) {
      all.add(
          new Difference(
              Kind.ANONYMOUS,
              "",
              Optional.of(anonymous(before.anonymousGroup())),
              Optional.of(anonymous(after.anonymousGroup()))));
    }
    return List.copyOf(all);
  }

  private static ObjectNode anonymous(String group) {
    return JsonNodeFactory.instance.objectNode().put("groupname", group);
  }

  private static <T> void compare(
      Kind kind,
      Map<String, T> before,
      Map<String, T> after,
      Function<T, ObjectNode> write,
      List<Difference> all) {
    var names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (var name : names) {
      var was = Optional.ofNullable(before.get(name));
      var is = Optional.ofNullable(after.get(name));
      if (!was.equals(is)) {
        all.add(new Difference(kind, name, was.map(write), is.map(write)));
      }
    }
  }
}
