package io.mosquittoha.management.security;

import java.util.List;

/**
 * Accounts that share roles. Who is in it, the accounts say.
 *
 * @param roles in the order in which they are asked
 */
public record Group(String name, String textName, String textDescription, List<Assigned> roles) {

  public Group {
    roles = Assigned.ordered(roles);
  }

  Group withRoles(List<Assigned> others) {
    return new Group(name, textName, textDescription, others);
  }

  public boolean has(String role) {
    return roles.stream().anyMatch(assigned -> assigned.name().equals(role));
  }
}
