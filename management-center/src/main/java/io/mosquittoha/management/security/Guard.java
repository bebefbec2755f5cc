package io.mosquittoha.management.security;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Keeps operators from locking out the accounts without which nobody can repair anything. */
final class Guard {

  private static final String TOPIC = "$CONTROL/dynamic-security/v1";
  private static final String ADMIN = "admin";

  private final Set<String> guarded;
  private final String own;

  /**
   * @param own the account of this application
   */
  Guard(String own) {
    this.own = own;
    this.guarded = new LinkedHashSet<>(List.of(own, ADMIN));
  }

  /** What would be lost by it, in a sentence. */
  Optional<String> danger(Plan plan) {
    for (var name : guarded) {
      if (plan.before().account(name).isEmpty() || !rules(plan.before(), name)) {
        continue;
      }
      if (!rules(plan.after(), name)) {
        return Optional.of(
            name.equals(own)
                ? "It locks out '%s', the account of this management center: it could change nothing any more, nor undo this."
                    .formatted(name)
                : "It locks out '%s', the account with which security is repaired without this management center."
                    .formatted(name));
      }
    }
    if (plan.passwords().contains(own)) {
      return Optional.of(
          "It changes the password of '%s', the account of this management center, which would go on with the one of its Secret."
              .formatted(own));
    }
    return Optional.empty();
  }

  /** What it does to this application for a moment, in a sentence. */
  Optional<String> interruption(Plan plan) {
    return plan.kicked().contains(own)
            && !plan.passwords().contains(own)
            && AclDecision.refusal(plan.after(), own, "").isEmpty()
        ? Optional.of(
            "It touches '%s', the account of this management center, which is disconnected for a moment and connects again."
                .formatted(own))
        : Optional.empty();
  }

  /** Whether the account can log in, with whatever client id, and change security. */
  private static boolean rules(Policy policy, String name) {
    return AclDecision.refusal(policy, name, "").isEmpty()
        && allowed(policy, name, Action.PUBLISH, TOPIC)
        && allowed(policy, name, Action.SUBSCRIBE, TOPIC + "/response")
        && allowed(policy, name, Action.RECEIVE, TOPIC + "/response");
  }

  private static boolean allowed(Policy policy, String name, Action action, String topic) {
    return AclDecision.decide(policy, new Question(name, "", action, topic)).allowed();
  }
}
