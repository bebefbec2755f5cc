package io.mosquittoha.management.security;

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
import io.mosquittoha.management.security.Wish.SetPassword;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How wishes come true: the commands for the broker, and what they do there.
 *
 * @param before what there was
 * @param after what there will be
 * @param commands only those that change something, in an order in which each can be done
 * @param kicked accounts whose clients the broker disconnects on the way; "" for those without one
 * @param passwords accounts that get a password
 */
public record Plan(
    Policy before,
    Policy after,
    List<ObjectNode> commands,
    Set<String> kicked,
    Set<String> passwords) {

  /** Orders them so that what others need comes first. */
  public static Plan of(Policy policy, Collection<? extends Wish> wishes) {
    var maker = new Maker(policy);
    for (int step = 0; step < STEPS; step++) {
      for (var wish : wishes) {
        if (step(wish) == step) {
          maker.make(wish);
        }
      }
    }
    return new Plan(
        policy, maker.policy(), List.copyOf(maker.commands), maker.kicked, maker.passwords);
  }

  private static final int STEPS = 8;

  private static int step(Wish wish) {
    return switch (wish) {
      case PutRole _ -> 0;
      case PutGroup _ -> 1;
      case PutAccount _ -> 2;
      case SetPassword _ -> 3;
      case SetDefaults _, SetAnonymousGroup _ -> 4;
      case DeleteAccount _ -> 5;
      case DeleteGroup _ -> 6;
      case DeleteRole _ -> 7;
    };
  }

  /**
   * Knows what each command does in the plugin. Two things it never says, because Mosquitto 2.1.2
   * forgets to note there who has the role, and uses the role's memory after the role is deleted:
   * roles in {@code createClient}, and roles in {@code createGroup} or {@code modifyGroup}.
   */
  private static final class Maker {
    private final long changeIndex;
    private final Map<String, Account> accounts;
    private final Map<String, Group> groups;
    private final Map<String, AccessRole> roles;
    private Defaults defaults;
    private String anonymous;
    private final List<ObjectNode> commands = new ArrayList<>();
    private final Set<String> kicked = new TreeSet<>();
    private final Set<String> passwords = new TreeSet<>();
    private final Map<String, ObjectNode> creating = new HashMap<>();

    Maker(Policy policy) {
      changeIndex = policy.changeIndex();
      accounts = new TreeMap<>(policy.accounts());
      groups = new TreeMap<>(policy.groups());
      roles = new TreeMap<>(policy.roles());
      defaults = policy.defaults();
      anonymous = policy.anonymousGroup();
    }

    Policy policy() {
      return new Policy(changeIndex, accounts, groups, roles, defaults, anonymous);
    }

    void make(Wish wish) {
      switch (wish) {
        case PutRole(AccessRole role) -> putRole(role);
        case PutGroup(Group group) -> putGroup(group);
        case PutAccount(Account account) -> putAccount(account);
        case SetPassword(String username, String password) -> setPassword(username, password);
        case SetDefaults(Defaults wanted) -> setDefaults(wanted);
        case SetAnonymousGroup(String group) -> setAnonymous(group);
        case DeleteAccount(String username) -> deleteAccount(username);
        case DeleteGroup(String name) -> deleteGroup(name);
        case DeleteRole(String name) -> deleteRole(name);
      }
    }

    private void putRole(AccessRole role) {
      var now = roles.get(role.name());
      if (role.equals(now)) {
        return;
      }
      var command = command(now == null ? "createRole" : "modifyRole").put("rolename", role.name());
      if (now == null || !now.textName().equals(role.textName())) {
        command.put("textname", role.textName());
      }
      if (now == null || !now.textDescription().equals(role.textDescription())) {
        command.put("textdescription", role.textDescription());
      }
      boolean felt = false;
      if (now == null || now.wildcards() != role.wildcards()) {
        command.put("allowwildcardsubs", role.wildcards());
        felt = true;
      }
      if (now == null || !now.acls().equals(role.acls())) {
        var acls = command.putArray("acls");
        role.acls().forEach(acl -> acls.add(PolicyJson.write(acl)));
        felt = true;
      }
      if (felt && now != null) {
        kickRole(role.name());
      }
      roles.put(role.name(), role);
    }

    private void deleteRole(String name) {
      if (roles.remove(name) == null) {
        return;
      }
      kickRole(name);
      command("deleteRole").put("rolename", name);
      accounts.replaceAll((_, account) -> account.withRoles(without(account.roles(), name)));
      groups.replaceAll((_, group) -> group.withRoles(without(group.roles(), name)));
    }

    private void putGroup(Group group) {
      var now = groups.get(group.name());
      if (group.equals(now)) {
        return;
      }
      if (now == null) {
        command("createGroup")
            .put("groupname", group.name())
            .put("textname", group.textName())
            .put("textdescription", group.textDescription());
      } else if (!now.textName().equals(group.textName())
          || !now.textDescription().equals(group.textDescription())) {
        command("modifyGroup")
            .put("groupname", group.name())
            .put("textname", group.textName())
            .put("textdescription", group.textDescription());
      }
      var had = now == null ? List.<Assigned>of() : now.roles();
      for (var role : had) {
        if (!group.roles().contains(role)) {
          command("removeGroupRole").put("groupname", group.name()).put("rolename", role.name());
        }
      }
      for (var role : group.roles()) {
        if (!had.contains(role)) {
          command("addGroupRole")
              .put("groupname", group.name())
              .put("rolename", role.name())
              .put("priority", role.priority());
        }
      }
      if (now != null) {
        kickGroup(group.name());
      }
      groups.put(group.name(), group);
    }

    private void deleteGroup(String name) {
      if (!groups.containsKey(name)) {
        return;
      }
      kickGroup(name);
      command("deleteGroup").put("groupname", name);
      groups.remove(name);
      accounts.replaceAll((_, account) -> account.withGroups(without(account.groups(), name)));
    }

    private void putAccount(Account account) {
      var name = account.username();
      var now = accounts.get(name);
      if (account.equals(now)) {
        return;
      }
      boolean created = now == null;
      if (created) {
        var command =
            command("createClient")
                .put("username", name)
                .put("textname", account.textName())
                .put("textdescription", account.textDescription());
        if (!account.clientId().isEmpty()) {
          command.put("clientid", account.clientId());
        }
        creating.put(name, command);
        now = new Account(name, account.clientId(), "", "", false, List.of(), List.of());
      } else {
        modify(now, account);
        kicked.add(name);
      }
      for (var role : now.roles()) {
        if (!account.roles().contains(role)) {
          command("removeClientRole").put("username", name).put("rolename", role.name());
        }
      }
      for (var role : account.roles()) {
        if (!now.roles().contains(role)) {
          command("addClientRole")
              .put("username", name)
              .put("rolename", role.name())
              .put("priority", role.priority());
        }
      }
      for (var group : now.groups()) {
        if (!account.groups().contains(group)) {
          command("removeGroupClient").put("username", name).put("groupname", group.name());
        }
      }
      for (var group : account.groups()) {
        if (!now.groups().contains(group)) {
          command("addGroupClient")
              .put("username", name)
              .put("groupname", group.name())
              .put("priority", group.priority());
        }
      }
      if (account.disabled() != now.disabled()) {
        command(account.disabled() ? "disableClient" : "enableClient").put("username", name);
        if (!account.disabled() && !created && account.equals(now.withDisabled(false))) {
          // Nobody can be connected with it.
          kicked.remove(name);
        }
      }
      accounts.put(name, account);
    }

    private void modify(Account now, Account account) {
      var fields = JsonNodeFactory.instance.objectNode();
      if (!now.textName().equals(account.textName())) {
        fields.put("textname", account.textName());
      }
      if (!now.textDescription().equals(account.textDescription())) {
        fields.put("textdescription", account.textDescription());
      }
      if (!now.clientId().equals(account.clientId())) {
        fields.put("clientid", account.clientId());
      }
      if (!fields.isEmpty()) {
        command("modifyClient").put("username", account.username()).setAll(fields);
      }
    }

    private void setPassword(String username, String password) {
      passwords.add(username);
      var create = creating.get(username);
      if (create != null) {
        create.put("password", password);
      } else {
        command("setClientPassword").put("username", username).put("password", password);
        kicked.add(username);
      }
    }

    private void deleteAccount(String name) {
      if (accounts.remove(name) != null) {
        command("deleteClient").put("username", name);
        kicked.add(name);
      }
    }

    private void setDefaults(Defaults wanted) {
      if (!wanted.equals(defaults)) {
        command("setDefaultACLAccess").set("acls", PolicyJson.writeForCommand(wanted));
        defaults = wanted;
      }
    }

    private void setAnonymous(String group) {
      if (!group.equals(anonymous)) {
        command("setAnonymousGroup").put("groupname", group);
        kicked.add("");
        anonymous = group;
      }
    }

    private void kickRole(String role) {
      accounts.values().stream()
          .filter(account -> account.has(role))
          .forEach(account -> kicked.add(account.username()));
      groups.values().stream()
          .filter(group -> group.has(role))
          .forEach(group -> kickGroup(group.name()));
    }

    private void kickGroup(String group) {
      if (group.equals(anonymous)) {
        kicked.add("");
      }
      accounts.values().stream()
          .filter(account -> account.in(group))
          .forEach(account -> kicked.add(account.username()));
    }

    private ObjectNode command(String name) {
      var command = JsonNodeFactory.instance.objectNode().put("command", name);
      commands.add(command);
      return command;
    }

    private static List<Assigned> without(List<Assigned> all, String name) {
      return all.stream().filter(assigned -> !assigned.name().equals(name)).toList();
    }
  }
}
