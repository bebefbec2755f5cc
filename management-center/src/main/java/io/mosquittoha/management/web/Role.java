package io.mosquittoha.management.web;

import io.javalin.security.RouteRole;

/** What somebody may do here; each role may also do what those before it may. */
public enum Role implements RouteRole {
  /** Nobody in particular: pages for logging in, health checks. */
  ANYONE,
  /** Looks at everything but other people's secrets, and changes nothing. */
  VIEWER,
  /** Changes what clients see: clients, messages, accounts, groups, roles. */
  EDITOR,
  /** Changes the cluster and this application: leader, size, users, tokens. */
  ADMIN;

  /** What it means, for those who choose one. */
  public String says() {
    return switch (this) {
      case ANYONE -> "looks at nothing";
      case VIEWER -> "looks at everything, changes nothing";
      case EDITOR -> "changes clients, messages, accounts";
      case ADMIN -> "changes the cluster and this application";
    };
  }

  /** Whether this role may do what needs the other one. */
  public boolean includes(Role needed) {
    return compareTo(needed) >= 0;
  }
}
