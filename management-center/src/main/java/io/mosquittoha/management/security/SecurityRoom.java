package io.mosquittoha.management.security;

import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The pages of security, and the ACL tester. What they change, they change by the REST interface.
 */
public final class SecurityRoom implements Room {

  private static final int PAGE = 50;
  private static final int SUGGESTED = 500;

  private final Security security;

  public SecurityRoom(Security security) {
    this.security = security;
  }

  @Override
  public void open(Routes routes) {
    routes.page("/security", Role.VIEWER, visit -> list(visit, "clients"));
    routes.page("/security/groups", Role.VIEWER, visit -> list(visit, "groups"));
    routes.page("/security/roles", Role.VIEWER, visit -> list(visit, "roles"));
    for (var kind : List.of("clients", "groups", "roles")) {
      routes.page("/parts/security/" + kind, Role.VIEWER, visit -> found(visit, kind));
    }
    routes.page("/security/defaults", Role.VIEWER, this::defaults);
    routes.page("/parts/security/again", Role.VIEWER, this::again);
    routes.page(
        "/security/changes",
        Role.VIEWER,
        visit -> visit.render("security/changes.jte", Map.of("changes", security.changes())));
    routes.page(
        "/parts/security/changes",
        Role.VIEWER,
        visit -> visit.render("security/history.jte", Map.of("changes", security.changes())));
    routes.page(
        "/security/transfer",
        Role.VIEWER,
        visit -> visit.render("security/transfer.jte", Map.of()));
    routes.page("/parts/security/watch", Role.VIEWER, this::watch);
    routes.page("/security/clients/{name}", Role.VIEWER, this::client);
    routes.page("/security/groups/{name}", Role.VIEWER, this::group);
    routes.page("/security/roles/{name}", Role.VIEWER, this::role);
    routes.page("/security/new/client", Role.EDITOR, this::newClient);
    routes.page("/security/new/group", Role.EDITOR, this::newGroup);
    routes.page("/security/new/role", Role.EDITOR, this::newRole);
    routes.page("/security/tester", Role.VIEWER, this::tester);
    routes.page(
        "/parts/security/decision",
        Role.VIEWER,
        visit -> visit.render("security/decision.jte", Map.of("tested", tested(visit))));
    new SecurityApi(security).open(routes);
  }

  /**
   * A page of what was found.
   *
   * @param kind clients, groups or roles
   * @param accounts of this page; two of these lists are empty
   */
  public record Found(
      String kind,
      String search,
      int offset,
      int total,
      List<Account> accounts,
      List<Group> groups,
      List<AccessRole> roles,
      Policy policy) {

    public String one() {
      return kind.substring(0, kind.length() - 1);
    }

    /** The hook of browser tests on the button for a new one. */
    public String testOfNew() {
      return switch (kind) {
        case "clients" -> "user-create";
        case "groups" -> "group-create";
        default -> "role-create";
      };
    }

    public int to() {
      return Math.min(total, offset + PAGE);
    }

    public String path(String name) {
      return SecurityRoom.path(name);
    }

    public String previous(String base) {
      return offset == 0 ? "" : address(base, Math.max(0, offset - PAGE));
    }

    public String next(String base) {
      return to() >= total ? "" : address(base, offset + PAGE);
    }

    private String address(String base, int from) {
      return "%s/security%s?search=%s&offset=%d"
          .formatted(
              base, kind.equals("clients") ? "" : "/" + kind, SecurityRoom.path(search), from);
    }
  }

  /**
   * What was asked of the tester, and its answer.
   *
   * @param why there is no answer; "" if nothing was asked
   * @param login why such a client can't log in at all; "" if it can
   */
  public record Tested(Question question, Optional<Decision> decision, String why, String login) {}

  /** A name as a part of an address. */
  public static String path(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Where on its role's page a rule stands. */
  public static String anchor(Acl acl) {
    return "rule-%s-%s"
        .formatted(acl.type().key(), HexFormat.of().toHexDigits(acl.topic().hashCode()));
  }

  private void list(Visit visit, String kind) {
    read(
        visit,
        kind,
        policy -> visit.render("security/list.jte", Map.of("found", find(visit, kind, policy))));
  }

  private void found(Visit visit, String kind) {
    Policy policy;
    try {
      policy = security.promptly();
    } catch (Problem e) {
      visit.render(
          "security/unread.jte",
          Map.of("kind", kind, "offset", offset(visit), "why", String.valueOf(e.getMessage())));
      return;
    }
    visit.render("security/found.jte", Map.of("found", find(visit, kind, policy)));
  }

  private static Found find(Visit visit, String kind, Policy policy) {
    var search = visit.query("search");
    int offset = offset(visit);
    return switch (kind) {
      case "clients" -> {
        var all = Listing.accounts(policy, search);
        int from = from(offset, all.size());
        yield new Found(
            kind, search, from, all.size(), page(all, from), List.of(), List.of(), policy);
      }
      case "groups" -> {
        var all = Listing.groups(policy, search);
        int from = from(offset, all.size());
        yield new Found(
            kind, search, from, all.size(), List.of(), page(all, from), List.of(), policy);
      }
      default -> {
        var all = Listing.roles(policy, search);
        int from = from(offset, all.size());
        yield new Found(
            kind, search, from, all.size(), List.of(), List.of(), page(all, from), policy);
      }
    };
  }

  private static <T> List<T> page(List<T> all, int from) {
    return all.subList(from, Math.min(all.size(), from + PAGE));
  }

  private static int from(int offset, int total) {
    return offset < 0 || offset >= total ? 0 : offset;
  }

  private static int offset(Visit visit) {
    try {
      return Integer.parseInt(visit.query("offset"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private void defaults(Visit visit) {
    read(
        visit,
        "defaults",
        policy -> visit.render("security/defaults.jte", Map.of("policy", policy)));
  }

  /** A page that could not be read loads again as soon as it can be. */
  private void again(Visit visit) {
    try {
      security.promptly();
      visit.context().header("HX-Refresh", "true");
    } catch (Problem e) {
      // Not yet.
    }
    visit.context().status(204);
  }

  private void watch(Visit visit) {
    try {
      security.look();
    } catch (Problem e) {
      // Pages say so when they are asked for something.
    }
    visit.context().status(204);
  }

  /** Shows it as it is now, or that nobody can tell, on that tab. */
  private void read(Visit visit, String tab, Consumer<Policy> show) {
    Policy policy;
    try {
      policy = security.promptly();
    } catch (Problem e) {
      visit.render(
          "security/unreachable.jte", Map.of("tab", tab, "why", String.valueOf(e.getMessage())));
      return;
    }
    show.accept(policy);
  }

  private void client(Visit visit) {
    var name = visit.path("name");
    read(
        visit,
        "clients",
        policy ->
            client(
                visit,
                policy,
                policy.account(name).orElseThrow(() -> SecurityApi.nobody("client", name)),
                false));
  }

  private void newClient(Visit visit) {
    var account = new Account("", "", "", "", false, List.of(), List.of());
    read(visit, "clients", policy -> client(visit, policy, account, true));
  }

  private static void client(Visit visit, Policy policy, Account account, boolean fresh) {
    visit.render(
        "security/client.jte", Map.of("policy", policy, "account", account, "fresh", fresh));
  }

  private void group(Visit visit) {
    var name = visit.path("name");
    read(
        visit,
        "groups",
        policy ->
            group(
                visit,
                policy,
                policy.group(name).orElseThrow(() -> SecurityApi.nobody("group", name)),
                false));
  }

  private void newGroup(Visit visit) {
    var group = new Group("", "", "", List.of());
    read(visit, "groups", policy -> group(visit, policy, group, true));
  }

  private static void group(Visit visit, Policy policy, Group group, boolean fresh) {
    visit.render("security/group.jte", Map.of("policy", policy, "group", group, "fresh", fresh));
  }

  private void role(Visit visit) {
    var name = visit.path("name");
    read(
        visit,
        "roles",
        policy ->
            role(
                visit,
                policy,
                policy.role(name).orElseThrow(() -> SecurityApi.nobody("role", name)),
                false));
  }

  private void newRole(Visit visit) {
    var role = new AccessRole("", "", "", true, List.of());
    read(visit, "roles", policy -> role(visit, policy, role, true));
  }

  private static void role(Visit visit, Policy policy, AccessRole role, boolean fresh) {
    visit.render("security/role.jte", Map.of("policy", policy, "role", role, "fresh", fresh));
  }

  private void tester(Visit visit) {
    List<String> usernames;
    try {
      usernames = security.promptly().accounts().keySet().stream().limit(SUGGESTED).toList();
    } catch (Problem e) {
      visit.render(
          "security/tester.jte",
          Map.of(
              "tested",
              new Tested(question(visit), Optional.empty(), String.valueOf(e.getMessage()), ""),
              "usernames",
              List.of()));
      return;
    }
    visit.render("security/tester.jte", Map.of("tested", tested(visit), "usernames", usernames));
  }

  private static Question question(Visit visit) {
    var action =
        Arrays.stream(Action.values())
            .filter(each -> each.name().equalsIgnoreCase(visit.query("action")))
            .findFirst()
            .orElse(Action.PUBLISH);
    return new Question(
        visit.query("username"), visit.query("clientid"), action, visit.query("topic"));
  }

  private Tested tested(Visit visit) {
    var question = question(visit);
    if (question.topic().isEmpty()) {
      return new Tested(question, Optional.empty(), "", "");
    }
    try {
      var policy = security.promptly();
      return new Tested(
          question,
          Optional.of(AclDecision.decide(policy, question)),
          "",
          AclDecision.refusal(policy, question.username(), question.clientId()).orElse(""));
    } catch (Problem e) {
      return new Tested(question, Optional.empty(), String.valueOf(e.getMessage()), "");
    }
  }
}
