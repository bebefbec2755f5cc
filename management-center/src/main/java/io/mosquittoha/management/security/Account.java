package io.mosquittoha.management.security;

import java.util.List;

/**
 * A name that clients log in with; dynamic security calls it a client. Passwords are not in it:
 * brokers tell them nobody.
 *
 * @param clientId the only client id that may use it, or ""
 * @param roles in the order in which they are asked
 * @param groups in the order in which they are asked, after the roles
 */
public record Account(
    String username,
    String clientId,
    String textName,
    String textDescription,
    boolean disabled,
    List<Assigned> roles,
    List<Assigned> groups) {

  public Account {
    roles = Assigned.ordered(roles);
    groups = Assigned.ordered(groups);
  }

  Account withRoles(List<Assigned> others) {
    return new Account(username, clientId, textName, textDescription, disabled, others, groups);
  }

  Account withGroups(List<Assigned> others) {
    return new Account(username, clientId, textName, textDescription, disabled, roles, others);
  }

  Account withDisabled(boolean value) {
    return new Account(username, clientId, textName, textDescription, value, roles, groups);
  }

  Account withClientId(String value) {
    return new Account(username, value, textName, textDescription, disabled, roles, groups);
  }

  public boolean has(String role) {
    return roles.stream().anyMatch(assigned -> assigned.name().equals(role));
  }

  public boolean in(String group) {
    return groups.stream().anyMatch(assigned -> assigned.name().equals(group));
  }
}
