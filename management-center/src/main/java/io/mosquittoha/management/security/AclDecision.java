package io.mosquittoha.management.security;

import io.mosquittoha.management.security.Decision.Basis;
import io.mosquittoha.management.security.Decision.Rule;
import io.mosquittoha.management.security.Decision.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decides as Mosquitto 2.1.2 with dynamic security does. First the broker itself, about topics that
 * begin with {@code $SYS} or {@code $share}; then the account's roles by priority, then those of
 * its groups by the priorities of membership and role; in a role its rules by priority, and for
 * subscriptions those that are meant literally before patterns. The first rule that covers the
 * topic decides; where none does, the default.
 */
public final class AclDecision {

  private static final String CONTROL = "$CONTROL";
  private static final String BRIDGE_STATE = "$SYS/broker/connection/+/state";

  private final Policy policy;
  private final Question question;
  private final List<Way> asked = new ArrayList<>();

  private AclDecision(Policy policy, Question question) {
    this.policy = policy;
    this.question = question;
  }

  /** The broker's answer under that policy, to a client that is already connected. */
  public static Decision decide(Policy policy, Question question) {
    return new AclDecision(policy, question).decide();
  }

  /**
   * Why a client can't log in with that name and id, whatever its password is; empty if it can.
   *
   * @param username an account's name; "" for none, about which dynamic security has no opinion
   */
  public static Optional<String> refusal(Policy policy, String username, String clientId) {
    if (username.isEmpty()) {
      return Optional.empty();
    }
    var account = policy.account(username);
    if (account.isEmpty()) {
      return Optional.of("There is no account '%s'.".formatted(username));
    }
    if (account.get().disabled()) {
      return Optional.of("The account '%s' is disabled.".formatted(username));
    }
    var bound = account.get().clientId();
    if (!bound.isEmpty() && !bound.equals(clientId)) {
      return Optional.of(
          "The account '%s' is bound to the client id '%s'.".formatted(username, bound));
    }
    return Optional.empty();
  }

  private Decision decide() {
    var fault = fault();
    if (fault.isPresent()) {
      return answer(
          false,
          Basis.INVALID,
          "The broker disconnects a client that tries this: %s.".formatted(fault.get()));
    }
    var broker = broker();
    if (broker.isPresent()) {
      return broker.get();
    }
    if (question.username().isEmpty()) {
      var group = policy.group(policy.anonymousGroup());
      if (group.isPresent()) {
        var decision = ask(group.get().roles(), group.get().name(), Assigned.NONE);
        if (decision.isPresent()) {
          return decision.get();
        }
      }
      return fallBack();
    }
    var account = policy.account(question.username());
    if (account.isEmpty()) {
      return answer(
          false, Basis.NOBODY, "Refused: there is no account '%s'.".formatted(question.username()));
    }
    var own = ask(account.get().roles(), "", Assigned.NONE);
    if (own.isPresent()) {
      return own.get();
    }
    for (var membership : account.get().groups()) {
      var group = policy.group(membership.name());
      if (group.isPresent()) {
        var decision = ask(group.get().roles(), membership.name(), membership.priority());
        if (decision.isPresent()) {
          return decision.get();
        }
      }
    }
    return fallBack();
  }

  private Optional<String> fault() {
    return switch (question.action()) {
      case PUBLISH, RECEIVE -> Topics.faultOfTopic(question.topic());
      case SUBSCRIBE, UNSUBSCRIBE -> Topics.faultOfSubscription(question.topic());
    };
  }

  /** What the broker decides without dynamic security. */
  private Optional<Decision> broker() {
    var topic = question.topic();
    if (topic.startsWith("$SYS")) {
      if (question.action() == Action.PUBLISH
          && TopicMatch.of(BRIDGE_STATE, topic, "", "") != TopicMatch.YES) {
        return Optional.of(
            answer(
                false,
                Basis.BROKER,
                "Refused by the broker itself: of $SYS, clients may publish to "
                    + BRIDGE_STATE
                    + " only."));
      }
      return Optional.empty();
    }
    if (topic.startsWith("$share")
        && (question.action() == Action.PUBLISH || question.action() == Action.RECEIVE)) {
      return Optional.of(
          answer(
              false,
              Basis.BROKER,
              "Refused by the broker itself: $share is for subscriptions only."));
    }
    return Optional.empty();
  }

  private Optional<Decision> ask(List<Assigned> roles, String group, int groupPriority) {
    for (var assigned : roles) {
      var role = policy.role(assigned.name());
      if (role.isPresent()) {
        var way = new Way(assigned.name(), assigned.priority(), group, groupPriority);
        var decision = ask(role.get(), way);
        if (decision.isPresent()) {
          return decision;
        }
        asked.add(way);
      }
    }
    return Optional.empty();
  }

  private Optional<Decision> ask(AccessRole role, Way way) {
    return switch (question.action()) {
      case PUBLISH -> patterns(role, AclType.PUBLISH_SEND, way);
      case RECEIVE -> patterns(role, AclType.PUBLISH_RECEIVE, way);
      case SUBSCRIBE ->
          wildcard(role, way)
              .or(() -> literal(role, AclType.SUBSCRIBE_LITERAL, way))
              .or(() -> patterns(role, AclType.SUBSCRIBE_PATTERN, way));
      case UNSUBSCRIBE ->
          literal(role, AclType.UNSUBSCRIBE_LITERAL, way)
              .or(() -> patterns(role, AclType.UNSUBSCRIBE_PATTERN, way));
    };
  }

  private Optional<Decision> wildcard(AccessRole role, Way way) {
    if (role.wildcards()
        || (question.topic().indexOf('+') < 0 && question.topic().indexOf('#') < 0)) {
      return Optional.empty();
    }
    return Optional.of(
        new Decision(
            false,
            Basis.WILDCARD,
            "Refused by %s: it allows no filters with + or #.".formatted(way.words()),
            Optional.empty(),
            List.copyOf(asked)));
  }

  private Optional<Decision> literal(AccessRole role, AclType type, Way way) {
    for (var acl : role.acls(type)) {
      if (acl.topic().equals(question.topic())) {
        return Optional.of(decided(way, acl));
      }
    }
    return Optional.empty();
  }

  private Optional<Decision> patterns(AccessRole role, AclType type, Way way) {
    for (var acl : role.acls(type)) {
      switch (TopicMatch.of(
          acl.topic(), question.topic(), question.clientId(), question.username())) {
        case YES -> {
          return Optional.of(decided(way, acl));
        }
        case BROKEN -> {
          return Optional.of(
              new Decision(
                  false,
                  Basis.BROKEN_RULE,
                  "Refused: the topic '%s' in %s is no valid filter. Correct that rule."
                      .formatted(acl.topic(), way.words()),
                  Optional.of(new Rule(way, acl)),
                  List.copyOf(asked)));
        }
        case NO -> {
          // The next one is asked.
        }
      }
    }
    return Optional.empty();
  }

  private Decision decided(Way way, Acl acl) {
    return new Decision(
        acl.allow(),
        Basis.RULE,
        "%s by the rule '%s %s' (priority %d) in %s."
            .formatted(
                acl.allow() ? "Allowed" : "Refused",
                acl.type().words(),
                acl.topic(),
                acl.priority(),
                way.words()),
        Optional.of(new Rule(way, acl)),
        List.copyOf(asked));
  }

  private Decision fallBack() {
    if (!policy.defaults().of(question.action())) {
      return answer(
          false, Basis.DEFAULT, "Refused: no rule covers it, and the default is to refuse.");
    }
    if (question.topic().startsWith(CONTROL)) {
      return answer(
          false,
          Basis.CONTROL,
          "Refused: no rule covers it, and the default does not count for $CONTROL.");
    }
    return answer(true, Basis.DEFAULT, "Allowed: no rule covers it, and the default is to allow.");
  }

  private Decision answer(boolean allowed, Basis basis, String why) {
    return new Decision(allowed, basis, why, Optional.empty(), List.copyOf(asked));
  }
}
