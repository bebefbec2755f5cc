package io.mosquittoha.management.security;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Everything that dynamic security knows but passwords, at one moment.
 *
 * @param changeIndex the broker's count of changes when this was read
 * @param accounts by name
 * @param groups by name
 * @param roles by name
 * @param anonymousGroup whose roles those have who log in without a name, or ""
 */
public record Policy(
    long changeIndex,
    Map<String, Account> accounts,
    Map<String, Group> groups,
    Map<String, AccessRole> roles,
    Defaults defaults,
    String anonymousGroup) {

  public Policy {
    accounts = Collections.unmodifiableMap(new TreeMap<>(accounts));
    groups = Collections.unmodifiableMap(new TreeMap<>(groups));
    roles = Collections.unmodifiableMap(new TreeMap<>(roles));
  }

  public static Policy of(
      long changeIndex,
      Collection<Account> accounts,
      Collection<Group> groups,
      Collection<AccessRole> roles,
      Defaults defaults,
      String anonymousGroup) {
    return new Policy(
        changeIndex,
        byName(accounts, Account::username),
        byName(groups, Group::name),
        byName(roles, AccessRole::name),
        defaults,
        anonymousGroup);
  }

  // The first of a name counts, as for the broker.
  private static <T> Map<String, T> byName(Collection<T> all, Function<T, String> name) {
    var map = new TreeMap<String, T>();
    all.forEach(one -> map.putIfAbsent(name.apply(one), one));
    return map;
  }

  public Optional<Account> account(String name) {
    return Optional.ofNullable(accounts.get(name));
  }

  public Optional<Group> group(String name) {
    return Optional.ofNullable(groups.get(name));
  }

  public Optional<AccessRole> role(String name) {
    return Optional.ofNullable(roles.get(name));
  }

  /** Accounts that are in the group, by name. */
  public List<Account> members(String group) {
    return accounts.values().stream().filter(account -> account.in(group)).toList();
  }

  /** Accounts that have the role themselves, by name. */
  public List<Account> holders(String role) {
    return accounts.values().stream().filter(account -> account.has(role)).toList();
  }

  /** Groups that have the role, by name. */
  public List<Group> groupsWith(String role) {
    return groups.values().stream().filter(group -> group.has(role)).toList();
  }
}
