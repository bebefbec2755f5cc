package io.mosquittoha.management.security;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Finds clients, groups and roles by a part of what is written about them. */
final class Listing {

  private Listing() {}

  static List<Account> accounts(Policy policy, String search) {
    var part = part(search);
    return policy.accounts().values().stream()
        .filter(account ->
            contain(
                part,
                account.username(),
                account.textName(),
                account.textDescription(),
                account.clientId()))
        .toList();
  }

  static List<Group> groups(Policy policy, String search) {
    var part = part(search);
    return policy.groups().values().stream()
        .filter(group -> contain(part, group.name(), group.textName(), group.textDescription()))
        .toList();
  }

  static List<AccessRole> roles(Policy policy, String search) {
    var part = part(search);
    return policy.roles().values().stream()
        .filter(role ->
            contain(part, role.name(), role.textName(), role.textDescription())
                || role.acls().stream().anyMatch(acl -> contain(part, acl.topic())))
        .toList();
  }

  private static String part(String search) {
    return search.strip().toLowerCase(Locale.ROOT);
  }

  private static boolean contain(String part, String... texts) {
    return part.isEmpty()
        || Stream.of(texts).anyMatch(text -> text.toLowerCase(Locale.ROOT).contains(part));
  }
}
