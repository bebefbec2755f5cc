package io.mosquittoha.management.security;

import java.util.List;
import java.util.Optional;

/**
 * The broker's answer to a {@link Question}, and why.
 *
 * @param why one sentence: what decided
 * @param rule the rule that decided, if it was one of a role's
 * @param asked the roles that were asked before, and had nothing to say
 */
public record Decision(
    boolean allowed, Basis basis, String why, Optional<Rule> rule, List<Way> asked) {

  /** What decided. */
  public enum Basis {
    /** A rule of a role. */
    RULE,
    /** A role without wildcards was asked about a filter that has one. */
    WILDCARD,
    /** A rule of a role that is no filter: the broker refuses where it stumbles over it. */
    BROKEN_RULE,
    /** The default, as no rule said anything. */
    DEFAULT,
    /** {@code $CONTROL}, for which defaults don't count. */
    CONTROL,
    /** The broker itself, before it asks dynamic security. */
    BROKER,
    /** There is no such account. */
    NOBODY,
    /** The topic or filter is none: the broker disconnects the client. */
    INVALID
  }

  /**
   * How a client has a role.
   *
   * @param priority of the role where it is assigned
   * @param group through which it has it, or "" if the account has it itself
   * @param groupPriority of the account's membership
   */
  public record Way(String role, int priority, String group, int groupPriority) {

    /** In words. */
    public String words() {
      var words = "role '" + role + "'" + priority(priority);
      return group.isEmpty()
          ? words + " of the account"
          : words + " of group '" + group + "'" + priority(groupPriority);
    }

    private static String priority(int priority) {
      return priority == Assigned.NONE ? "" : " (priority " + priority + ")";
    }
  }

  /** A role, and the rule of it. */
  public record Rule(Way way, Acl acl) {}
}
