package io.mosquittoha.management.security;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.web.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The form of {@code dynamic-security.json}, the file that the plugin keeps. What the control
 * interface answers is of the same form, but for memberships: there accounts say them, in the file
 * groups do.
 */
public final class PolicyJson {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private PolicyJson() {}

  /** All of it, without passwords. */
  public static ObjectNode write(Policy policy) {
    var all = JSON.objectNode();
    all.set("defaultACLAccess", write(policy.defaults()));
    var accounts = all.putArray("clients");
    policy.accounts().values().forEach(account -> accounts.add(write(account, false)));
    var groups = all.putArray("groups");
    for (var group : policy.groups().values()) {
      var node = write(group);
      var members = node.putArray("clients");
      for (var account : policy.members(group.name())) {
        var priority =
            account.groups().stream()
                .filter(membership -> membership.name().equals(group.name()))
                .findFirst()
                .orElseThrow()
                .priority();
        var member = members.addObject().put("username", account.username());
        if (priority != Assigned.NONE) {
          member.put("priority", priority);
        }
      }
      groups.add(node);
    }
    var roles = all.putArray("roles");
    policy.roles().values().forEach(role -> roles.add(write(role)));
    if (!policy.anonymousGroup().isEmpty()) {
      all.put("anonymousGroup", policy.anonymousGroup());
    }
    return all;
  }

  /**
   * Reads the plugin's file, or what {@link #write} made.
   *
   * @param now what holds for what the file does not speak of
   * @throws Problem 400 if it is of another form, saying where
   */
  public static Policy read(JsonNode all, Policy now) {
    if (!all.isObject() || !(all.has("clients") || all.has("groups") || all.has("roles"))) {
      throw new Problem(
          400,
          "This is no file of dynamic security: it has no clients, groups or roles. Choose an"
              + " export of this page, or the broker's dynamic-security.json.");
    }
    var memberships = new HashMap<String, List<Assigned>>();
    var groups = new ArrayList<Group>();
    for (var node : array(all, "groups")) {
      var group = group(node);
      groups.add(group);
      for (var member : array(node, "clients")) {
        memberships
            .computeIfAbsent(text(member, "username", true), _ -> new ArrayList<>())
            .add(new Assigned(group.name(), priority(member, Assigned.NONE)));
      }
    }
    var accounts = new ArrayList<Account>();
    for (var node : array(all, "clients")) {
      var account = account(node);
      if (!all.has("groups") && !node.has("groups")) {
        account =
            account.withGroups(
                now.account(account.username()).map(Account::groups).orElse(List.of()));
      } else if (memberships.containsKey(account.username())) {
        account = account.withGroups(memberships.get(account.username()));
      }
      accounts.add(account);
    }
    var roles = new ArrayList<AccessRole>();
    array(all, "roles").forEach(node -> roles.add(role(node)));
    return Policy.of(
        all.path("changeIndex").asLong(),
        all.has("clients") ? accounts : now.accounts().values(),
        all.has("groups") ? groups : now.groups().values(),
        all.has("roles") ? roles : now.roles().values(),
        all.has("defaultACLAccess") ? defaults(all.path("defaultACLAccess")) : now.defaults(),
        all.has("anonymousGroup") ? text(all, "anonymousGroup", false) : now.anonymousGroup());
  }

  /** One account, as the control interface tells it. */
  static ObjectNode write(Account account, boolean withGroups) {
    var node = JSON.objectNode().put("username", account.username());
    putUnlessEmpty(node, "clientid", account.clientId());
    putUnlessEmpty(node, "textname", account.textName());
    putUnlessEmpty(node, "textdescription", account.textDescription());
    if (account.disabled()) {
      node.put("disabled", true);
    }
    node.set("roles", write(account.roles(), "rolename"));
    if (withGroups) {
      node.set("groups", write(account.groups(), "groupname"));
    }
    return node;
  }

  static ObjectNode write(Group group) {
    var node = JSON.objectNode().put("groupname", group.name());
    putUnlessEmpty(node, "textname", group.textName());
    putUnlessEmpty(node, "textdescription", group.textDescription());
    node.set("roles", write(group.roles(), "rolename"));
    return node;
  }

  static ObjectNode write(AccessRole role) {
    var node = JSON.objectNode().put("rolename", role.name());
    putUnlessEmpty(node, "textname", role.textName());
    putUnlessEmpty(node, "textdescription", role.textDescription());
    node.put("allowwildcardsubs", role.wildcards());
    var acls = node.putArray("acls");
    role.acls().forEach(acl -> acls.add(write(acl)));
    return node;
  }

  static ObjectNode write(Acl acl) {
    return JSON.objectNode()
        .put("acltype", acl.type().key())
        .put("topic", acl.topic())
        .put("priority", acl.priority())
        .put("allow", acl.allow());
  }

  static ObjectNode write(Defaults defaults) {
    return JSON.objectNode()
        .put("publishClientSend", defaults.publishSend())
        .put("publishClientReceive", defaults.publishReceive())
        .put("subscribe", defaults.subscribe())
        .put("unsubscribe", defaults.unsubscribe());
  }

  static ArrayNode writeForCommand(Defaults defaults) {
    var acls = JSON.arrayNode();
    acls.addObject().put("acltype", "publishClientSend").put("allow", defaults.publishSend());
    acls.addObject().put("acltype", "publishClientReceive").put("allow", defaults.publishReceive());
    acls.addObject().put("acltype", "subscribe").put("allow", defaults.subscribe());
    acls.addObject().put("acltype", "unsubscribe").put("allow", defaults.unsubscribe());
    return acls;
  }

  static Defaults readFromCommand(JsonNode acls) {
    var node = JSON.objectNode();
    acls.forEach(acl -> node.set(acl.path("acltype").asText(), acl.path("allow")));
    return defaults(node);
  }

  static Account account(JsonNode node) {
    return new Account(
        text(node, "username", true),
        text(node, "clientid", false),
        text(node, "textname", false),
        text(node, "textdescription", false),
        node.path("disabled").asBoolean(),
        assigned(node, "roles", "rolename"),
        assigned(node, "groups", "groupname"));
  }

  static Group group(JsonNode node) {
    return new Group(
        text(node, "groupname", true),
        text(node, "textname", false),
        text(node, "textdescription", false),
        assigned(node, "roles", "rolename"));
  }

  static AccessRole role(JsonNode node) {
    var acls = new ArrayList<Acl>();
    var seen = new HashMap<AclType, Map<String, Boolean>>();
    for (var acl : array(node, "acls")) {
      var key = text(acl, "acltype", true);
      var type =
          AclType.of(key)
              .orElseThrow(() ->
                  new Problem(
                      400,
                      "There is no kind of rule '%s'. Known are publishClientSend,".formatted(key)
                          + " publishClientReceive, subscribeLiteral, subscribePattern,"
                          + " unsubscribeLiteral and unsubscribePattern."));
      var topic = text(acl, "topic", true);
      // The broker keeps the first of a topic.
      if (seen.computeIfAbsent(type, _ -> new HashMap<>()).putIfAbsent(topic, true) == null) {
        acls.add(new Acl(type, topic, priority(acl, 0), acl.path("allow").asBoolean()));
      }
    }
    return new AccessRole(
        text(node, "rolename", true),
        text(node, "textname", false),
        text(node, "textdescription", false),
        node.path("allowwildcardsubs").asBoolean(true),
        acls);
  }

  static Defaults defaults(JsonNode node) {
    return new Defaults(
        node.path("publishClientSend").asBoolean(),
        node.path("publishClientReceive").asBoolean(),
        node.path("subscribe").asBoolean(),
        node.path("unsubscribe").asBoolean());
  }

  private static List<Assigned> assigned(JsonNode node, String list, String name) {
    var all = new HashMap<String, Assigned>();
    for (var one : array(node, list)) {
      var text = text(one, name, true);
      all.putIfAbsent(text, new Assigned(text, priority(one, Assigned.NONE)));
    }
    return List.copyOf(all.values());
  }

  private static ArrayNode write(Collection<Assigned> all, String name) {
    var list = JSON.arrayNode();
    for (var assigned : all) {
      var one = list.addObject().put(name, assigned.name());
      if (assigned.priority() != Assigned.NONE) {
        one.put("priority", assigned.priority());
      }
    }
    return list;
  }

  private static int priority(JsonNode node, int otherwise) {
    return Math.clamp(node.path("priority").asInt(otherwise), -Assigned.MOST, Assigned.MOST);
  }

  private static Iterable<JsonNode> array(JsonNode node, String field) {
    var list = node.path(field);
    if (!list.isMissingNode() && !list.isNull() && !list.isArray()) {
      throw new Problem(400, "'%s' has to be a list.".formatted(field));
    }
    return list;
  }

  private static String text(JsonNode node, String field, boolean needed) {
    var value = node.path(field);
    if (value.isTextual() && !(needed && value.textValue().isEmpty())) {
      return value.textValue();
    }
    if (needed || !(value.isMissingNode() || value.isNull())) {
      throw new Problem(400, "'%s' is missing, or no text.".formatted(field));
    }
    return "";
  }

  private static void putUnlessEmpty(ObjectNode node, String field, String value) {
    if (!value.isEmpty()) {
      node.put(field, value);
    }
  }
}
