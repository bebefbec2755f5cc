package io.mosquittoha.management.security;

import io.mosquittoha.management.security.Wish.DeleteAccount;
import io.mosquittoha.management.security.Wish.DeleteGroup;
import io.mosquittoha.management.security.Wish.DeleteRole;
import io.mosquittoha.management.security.Wish.PutAccount;
import io.mosquittoha.management.security.Wish.PutGroup;
import io.mosquittoha.management.security.Wish.PutRole;
import io.mosquittoha.management.security.Wish.SetAnonymousGroup;
import io.mosquittoha.management.security.Wish.SetDefaults;
import io.mosquittoha.management.security.Wish.SetPassword;
import io.mosquittoha.management.web.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What can be wished for: nothing that the broker refuses half way, or takes and stumbles over. */
final class Wishes {

  private static final int NAME_BYTES = 65_535;

  private Wishes() {}

  /**
   * @throws Problem 400, 404 or 409 with the first that can't be
   */
  static void check(Policy policy, Collection<? extends Wish> wishes) {
    var roles = new HashSet<>(policy.roles().keySet());
    var groups = new HashSet<>(policy.groups().keySet());
    var accounts = new HashSet<>(policy.accounts().keySet());
    for (var wish : wishes) {
      switch (wish) {
        case PutRole(AccessRole role) -> roles.add(role.name());
        case PutGroup(Group group) -> groups.add(group.name());
        case PutAccount(Account account) -> accounts.add(account.username());
        default -> {
          // Adds no name.
        }
      }
    }
    for (var wish : wishes) {
      switch (wish) {
        case PutRole(AccessRole role) -> check(role);
        case PutGroup(Group group) -> {
          name("group", group.name());
          assigned("role", group.roles(), roles);
        }
        case PutAccount(Account account) -> {
          name("client", account.username());
          assigned("role", account.roles(), roles);
          assigned("group", account.groups(), groups);
        }
        case SetPassword(String username, String password) -> {
          known("client", username, accounts);
          if (password.isEmpty()) {
            throw new Problem(400, "Give a password; an empty one lets nobody in.");
          }
        }
        case SetAnonymousGroup(String group) -> {
          if (group.isEmpty() && !policy.anonymousGroup().isEmpty()) {
            throw new Problem(
                409,
                "The broker can change its anonymous group, and not be without one again. Choose a"
                    + " group that has no roles.");
          }
          known("group", group, groups);
        }
        case DeleteAccount(String name) -> known("client", name, policy.accounts().keySet());
        case DeleteGroup(String name) -> {
          known("group", name, policy.groups().keySet());
          var anonymous =
              wishes.stream()
                  .filter(SetAnonymousGroup.class::isInstance)
                  .map(other -> ((SetAnonymousGroup) other).group())
                  .findFirst()
                  .orElse(policy.anonymousGroup());
          if (name.equals(anonymous)) {
            throw new Problem(
                409,
                "'%s' is the anonymous group, which the broker does not delete. Choose another one first."
                    .formatted(name));
          }
        }
        case DeleteRole(String name) -> known("role", name, policy.roles().keySet());
        case SetDefaults _ -> {
          // All of them can be.
        }
      }
    }
  }

  /** What makes the policy like the other one; what only the policy has goes if so wanted. */
  static List<Wish> toward(Policy policy, Policy wanted, boolean remove) {
    var wishes = new ArrayList<Wish>();
    for (var difference : Difference.between(wanted, policy)) {
      // Backward from how it is to how it is wanted.
      if (difference.before().isPresent() || remove) {
        var wish = difference.backward();
        // An older file may have no anonymous group; a broker can't be without one again.
        if (!(wish instanceof SetAnonymousGroup(String group) && group.isEmpty())) {
          wishes.add(wish);
        }
      }
    }
    return wishes;
  }

  private static void check(AccessRole role) {
    name("role", role.name());
    var seen = new HashSet<List<Object>>();
    for (var acl : role.acls()) {
      var fault = Topics.faultOfFilter(acl.topic());
      if (fault.isPresent()) {
        throw new Problem(
            400, "The topic '%s' of a rule is not valid: %s.".formatted(acl.topic(), fault.get()));
      }
      priority(acl.priority());
      if (!seen.add(List.of(acl.type(), acl.topic()))) {
        throw new Problem(
            400,
            "There are two rules to %s '%s'. The broker keeps one of a kind and topic: remove the other."
                .formatted(acl.type().words(), acl.topic()));
      }
    }
  }

  private static void name(String kind, String name) {
    if (name.isBlank() || !name.equals(name.strip())) {
      throw new Problem(400, "Give the %s a name without spaces at its ends.".formatted(kind));
    }
    if (name.length() > NAME_BYTES || name.codePoints().anyMatch(Character::isISOControl)) {
      throw new Problem(
          400, "The name of a %s can't be that long, nor have control characters.".formatted(kind));
    }
  }

  private static void assigned(String kind, List<Assigned> all, Set<String> known) {
    var seen = new HashSet<String>();
    for (var each : all) {
      known(kind, each.name(), known);
      priority(each.priority());
      if (!seen.add(each.name())) {
        throw new Problem(400, "The %s '%s' is there twice.".formatted(kind, each.name()));
      }
    }
  }

  private static void known(String kind, String name, Set<String> known) {
    if (!known.contains(name)) {
      throw new Problem(
          404, "There is no %s '%s'. Look at the list, it may be gone.".formatted(kind, name));
    }
  }

  private static void priority(int priority) {
    if (Math.abs(priority) > Assigned.MOST) {
      throw new Problem(400, "Priorities are from -100000 to 100000.");
    }
  }
}
