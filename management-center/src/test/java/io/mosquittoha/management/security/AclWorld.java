package io.mosquittoha.management.security;

import io.mosquittoha.management.security.Wish.PutAccount;
import io.mosquittoha.management.security.Wish.PutGroup;
import io.mosquittoha.management.security.Wish.PutRole;
import io.mosquittoha.management.security.Wish.SetAnonymousGroup;
import io.mosquittoha.management.security.Wish.SetDefaults;
import io.mosquittoha.management.security.Wish.SetPassword;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;

/**
 * Made-up accounts, groups and roles, and questions about them: the same for the same seed. Topics
 * are made of few levels, so that rules often cover them, and of what is special: placeholders,
 * {@code $}, empty levels, patterns that are none.
 *
 * @param prefix all names begin with it
 * @param password of all accounts
 * @param prober an account that may publish everything
 */
record AclWorld(
    String prefix, String password, String prober, List<Wish> wishes, List<Question> questions) {

  /** Where receivers hear that there is nothing more to come. */
  static final String MARKERS = "zz/marker/";

  private static final int ACCOUNTS = 6;
  private static final int GROUPS = 4;
  private static final int ROLES = 7;

  static AclWorld of(long seed, int questions, String prefix) {
    return new Maker(seed, prefix).make(questions);
  }

  private static final class Maker {
    private final Random random;
    private final String prefix;
    private final List<String> accounts = new ArrayList<>();
    private final List<String> receivers = new ArrayList<>();
    private final List<String> roles = new ArrayList<>();
    private final List<String> groups = new ArrayList<>();
    private final List<String> clientIds = new ArrayList<>();
    private final List<Acl> rules = new ArrayList<>();

    Maker(long seed, String prefix) {
      this.random = new Random(seed);
      this.prefix = prefix;
    }

    AclWorld make(int questions) {
      var wishes = new ArrayList<Wish>();
      var password = prefix + "pass-%08x".formatted(random.nextInt());
      for (int i = 0; i < ACCOUNTS; i++) {
        accounts.add(prefix + "u" + i);
        receivers.add(prefix + "r" + i);
        clientIds.add(prefix + "c" + i);
      }
      for (int i = 0; i < ROLES; i++) {
        var role = role(prefix + "role" + i);
        roles.add(role.name());
        rules.addAll(role.acls());
        wishes.add(new PutRole(role));
      }
      var receiver = prefix + "receiver";
      wishes.add(new PutRole(new AccessRole(receiver, "", "", true, receiverRules())));
      var prober = prefix + "prober";
      wishes.add(new PutRole(new AccessRole(prober, "", "", true, proberRules())));
      for (int i = 0; i < GROUPS; i++) {
        groups.add(prefix + "group" + i);
        wishes.add(new PutGroup(new Group(groups.get(i), "", "", some(roles, 3))));
      }
      for (int i = 0; i < ACCOUNTS; i++) {
        var own = some(roles, 3);
        var in = some(groups, 3);
        wishes.add(new PutAccount(account(accounts.get(i), own, in)));
        var more = new ArrayList<>(own);
        more.add(new Assigned(receiver, Assigned.MOST));
        wishes.add(new PutAccount(account(receivers.get(i), more, in)));
        wishes.add(new SetPassword(accounts.get(i), password));
        wishes.add(new SetPassword(receivers.get(i), password));
      }
      wishes.add(
          new PutAccount(account(prober, List.of(new Assigned(prober)), List.<Assigned>of())));
      wishes.add(new SetPassword(prober, password));
      wishes.add(
          new SetDefaults(
              new Defaults(
                  random.nextBoolean(),
                  random.nextBoolean(),
                  random.nextBoolean(),
                  random.nextBoolean())));
      wishes.add(new SetAnonymousGroup(pick(groups)));
      var asked = new LinkedHashSet<Question>();
      while (asked.size() < questions) {
        var question = question();
        if (usable(question)) {
          asked.add(question);
        }
      }
      return new AclWorld(prefix, password, prober, wishes, List.copyOf(asked));
    }

    private static Account account(String name, List<Assigned> roles, List<Assigned> groups) {
      return new Account(name, "", "", "", false, roles, groups);
    }

    private AccessRole role(String name) {
      var acls = new HashMap<String, Acl>();
      int count = 8 + random.nextInt(12);
      for (int i = 0; i < count; i++) {
        var type = pick(List.of(AclType.values()));
        var topic = pattern();
        acls.putIfAbsent(
            type + topic,
            new Acl(type, topic, pick(List.of(-1, 0, 0, 1, 5)), random.nextBoolean()));
      }
      var shuffled = new ArrayList<>(acls.values());
      Collections.shuffle(shuffled, random);
      return new AccessRole(name, "", "", random.nextInt(5) > 0, shuffled);
    }

    private static List<Acl> receiverRules() {
      return List.of(
          new Acl(AclType.SUBSCRIBE_PATTERN, "#", 0, true),
          new Acl(AclType.SUBSCRIBE_PATTERN, "$SYS/#", 0, true),
          new Acl(AclType.SUBSCRIBE_PATTERN, "$x/#", 0, true),
          new Acl(AclType.PUBLISH_RECEIVE, MARKERS + "#", Assigned.MOST, true));
    }

    private static List<Acl> proberRules() {
      return List.of(
          new Acl(AclType.PUBLISH_SEND, "#", 0, true),
          new Acl(AclType.PUBLISH_SEND, "$SYS/#", 0, true),
          new Acl(AclType.PUBLISH_SEND, "$x/#", 0, true));
    }

    private List<Assigned> some(List<String> of, int most) {
      var names = new ArrayList<>(of);
      Collections.shuffle(names, random);
      return names.stream()
          .limit(random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(most))
          .map(name -> new Assigned(name, pick(List.of(-1, -1, -5, 0, 3, 3, 9))))
          .toList();
    }

    private Question question() {
      var action = pick(List.of(Action.values()));
      int who = random.nextInt(10);
      var username = action == Action.RECEIVE ? pick(receivers) : who == 0 ? "" : pick(accounts);
      var clientId = pick(clientIds);
      // Most of them made from a rule, so that it covers or nearly covers them.
      var rule = pick(rules.stream().filter(acl -> acl.type().action() == action).toList());
      var text =
          random.nextInt(10) < 8
              ? fill(rule.topic(), username, clientId)
              : levels(username, clientId);
      if (action == Action.PUBLISH || action == Action.RECEIVE) {
        text = text.replace('+', 'a').replace('#', 'b');
      } else if (random.nextInt(8) == 0) {
        text = "$share/g/" + text;
      }
      return new Question(username, clientId, action, text);
    }

    /** Things that can be tried out and observed without disturbing anything. */
    private static boolean usable(Question question) {
      var topic = question.topic();
      var fault =
          question.action() == Action.PUBLISH || question.action() == Action.RECEIVE
              ? Topics.faultOfTopic(topic)
              : Topics.faultOfSubscription(topic);
      if (fault.isPresent() || topic.startsWith("zz")) {
        return false;
      }
      return switch (question.action()) {
        case PUBLISH, SUBSCRIBE, UNSUBSCRIBE -> true;
        case RECEIVE ->
            !topic.startsWith("$") || topic.matches("\\$SYS/broker/connection/[^/]+/state");
      };
    }

    private String pattern() {
      return switch (random.nextInt(24)) {
        case 0 -> "#";
        case 1 -> "$SYS/#";
        case 2 -> "$SYS/broker/connection/+/state";
        case 3 -> "$x/" + level();
        case 4 -> "$share/g/" + level();
        case 5 -> "$CONTROL/" + level();
        case 6 -> pick(List.of("a#", "+a/b", "a/#/b", "a/b+"));
        default -> {
          var text = new StringBuilder(level());
          for (int more = random.nextInt(3); more > 0; more--) {
            text.append('/').append(level());
          }
          if (random.nextInt(4) == 0) {
            text.append("/#");
          }
          yield text.toString();
        }
      };
    }

    // An empty topic is none.
    private String level() {
      return pick(List.of("a", "b", "a", "b", "c", "+", "+", "%u", "%c", "%ux", "é"));
    }

    private String levels(String username, String clientId) {
      var text = new StringBuilder();
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        text.append(i == 0 ? "" : "/").append(random.nextInt(12) == 0 ? "" : level());
      }
      if (random.nextInt(6) == 0) {
        text.append("/#");
      }
      return fill(text.toString(), username, clientId);
    }

    private String fill(String pattern, String username, String clientId) {
      var text = new ArrayList<String>();
      for (var level : pattern.split("/", -1)) {
        text.add(
            switch (level) {
              case "%u" -> random.nextInt(8) == 0 ? pick(accounts) : username;
              case "%c" -> random.nextInt(8) == 0 ? pick(clientIds) : clientId;
              case "+" -> pick(List.of("+", "a", "b", "c", ""));
              case "#" -> pick(List.of("#", "a", "b/c", "+"));
              default -> level;
            });
      }
      if (random.nextInt(10) == 0) {
        text.removeLast();
      }
      return String.join("/", text);
    }

    private <T> T pick(List<T> from) {
      return from.get(random.nextInt(from.size()));
    }
  }
}
