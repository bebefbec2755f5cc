package io.mosquittoha.management.security;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.security.Bodies.AclOf;
import io.mosquittoha.management.security.Bodies.AnonymousBody;
import io.mosquittoha.management.security.Bodies.BulkBody;
import io.mosquittoha.management.security.Bodies.ClientBody;
import io.mosquittoha.management.security.Bodies.DefaultsBody;
import io.mosquittoha.management.security.Bodies.GroupBody;
import io.mosquittoha.management.security.Bodies.PasswordBody;
import io.mosquittoha.management.security.Bodies.RoleBody;
import io.mosquittoha.management.security.Wish.DeleteAccount;
import io.mosquittoha.management.security.Wish.DeleteGroup;
import io.mosquittoha.management.security.Wish.DeleteRole;
import io.mosquittoha.management.security.Wish.PutAccount;
import io.mosquittoha.management.security.Wish.PutGroup;
import io.mosquittoha.management.security.Wish.PutRole;
import io.mosquittoha.management.security.Wish.SetAnonymousGroup;
import io.mosquittoha.management.security.Wish.SetDefaults;
import io.mosquittoha.management.security.Wish.SetPassword;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Reply;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The REST interface of security. Each change can be asked for with {@code ?preview=true}: then it
 * is told what it would do, and to whom, and nothing is done. The {@code mark} of that, given as
 * {@code ?mark=}, makes sure that what is done is what was shown; {@code ?insist=true} does what
 * would lock out the accounts that administer.
 */
final class SecurityApi {

  private static final String BASE = "/api/v1/security";
  private static final String PREVIEW =
      " With ?preview=true it only tells what that does, and whom it disconnects.";

  private final Security security;

  SecurityApi(Security security) {
    this.security = security;
  }

  void open(Routes routes) {
    routes.get(
        BASE,
        Role.VIEWER,
        "Tell how many clients, groups and roles there are, and what holds for all.",
        Overview.class,
        this::overview);
    routes.get(
        BASE + "/clients",
        Role.VIEWER,
        "List clients: ?search=&offset=&limit=.",
        ClientList.class,
        this::clients);
    routes.get(
        BASE + "/clients/{name}",
        Role.VIEWER,
        "Tell about one client, in the form of dynamic-security.json.",
        ObjectNode.class,
        this::client);
    routes.put(
        BASE + "/clients/{name}",
        Role.EDITOR,
        "Create or change a client." + PREVIEW,
        ClientBody.class,
        this::putClient);
    routes.delete(
        BASE + "/clients/{name}",
        Role.EDITOR,
        "Delete a client." + PREVIEW,
        visit ->
            change(
                visit,
                "client.delete",
                "Deleted the client '%s'.".formatted(visit.path("name")),
                List.of(new DeleteAccount(visit.path("name")))));
    routes.put(
        BASE + "/clients/{name}/password",
        Role.EDITOR,
        "Set a client's password." + PREVIEW,
        PasswordBody.class,
        this::password);
    routes.post(
        BASE + "/clients/bulk",
        Role.EDITOR,
        "Enable, disable or delete several clients, or change a group or role of them." + PREVIEW,
        BulkBody.class,
        this::bulkClients);
    routes.get(
        BASE + "/groups",
        Role.VIEWER,
        "List groups: ?search=&offset=&limit=.",
        GroupList.class,
        this::groups);
    routes.get(
        BASE + "/groups/{name}",
        Role.VIEWER,
        "Tell about one group and who is in it, in the form of dynamic-security.json.",
        ObjectNode.class,
        this::group);
    routes.put(
        BASE + "/groups/{name}",
        Role.EDITOR,
        "Create or change a group, and who is in it." + PREVIEW,
        GroupBody.class,
        this::putGroup);
    routes.delete(
        BASE + "/groups/{name}",
        Role.EDITOR,
        "Delete a group." + PREVIEW,
        visit ->
            change(
                visit,
                "group.delete",
                "Deleted the group '%s'.".formatted(visit.path("name")),
                List.of(new DeleteGroup(visit.path("name")))));
    routes.post(
        BASE + "/groups/bulk",
        Role.EDITOR,
        "Delete several groups, or give or take a role of them." + PREVIEW,
        BulkBody.class,
        this::bulkGroups);
    routes.get(
        BASE + "/roles",
        Role.VIEWER,
        "List roles: ?search=&offset=&limit=.",
        RoleList.class,
        this::roles);
    routes.get(
        BASE + "/roles/{name}",
        Role.VIEWER,
        "Tell about one role and its rules, in the form of dynamic-security.json.",
        ObjectNode.class,
        this::role);
    routes.put(
        BASE + "/roles/{name}",
        Role.EDITOR,
        "Create or change a role and its rules." + PREVIEW,
        RoleBody.class,
        this::putRole);
    routes.delete(
        BASE + "/roles/{name}",
        Role.EDITOR,
        "Delete a role." + PREVIEW,
        visit ->
            change(
                visit,
                "role.delete",
                "Deleted the role '%s'.".formatted(visit.path("name")),
                List.of(new DeleteRole(visit.path("name")))));
    routes.post(
        BASE + "/roles/bulk",
        Role.EDITOR,
        "Delete several roles." + PREVIEW,
        BulkBody.class,
        this::bulkRoles);
    routes.put(
        BASE + "/defaults",
        Role.EDITOR,
        "Set what may be done where no rule says anything." + PREVIEW,
        DefaultsBody.class,
        this::putDefaults);
    routes.put(
        BASE + "/anonymous-group",
        Role.EDITOR,
        "Set the group of clients that log in without a name." + PREVIEW,
        AnonymousBody.class,
        this::putAnonymous);
    routes.post(
        BASE + "/passwords",
        Role.EDITOR,
        "Make a password. It is kept nowhere.",
        Reply.of(MadePassword.class),
        visit -> visit.json(new MadePassword(Passwords.make())));
    routes.get(
        BASE + "/decision",
        Role.VIEWER,
        "Tell what the broker decides, and which rule:"
            + " ?username=&clientid=&action=PUBLISH|RECEIVE|SUBSCRIBE|UNSUBSCRIBE&topic=.",
        Decided.class,
        this::decision);
    routes.get(
        BASE + "/export",
        Role.VIEWER,
        "Give out everything but passwords, in the form of dynamic-security.json.",
        ObjectNode.class,
        this::export);
    routes.post(
        BASE + "/import",
        Role.EDITOR,
        "Make security like an export or dynamic-security.json; ?remove=true deletes what is not in"
            + " it."
            + PREVIEW,
        this::importAll);
    routes.get(
        BASE + "/changes",
        Role.VIEWER,
        "List the last changes that were made here.",
        ChangeList.class,
        visit -> visit.json(new ChangeList(security.changes().stream().map(Made::of).toList())));
    routes.post(
        BASE + "/changes/{id}/undo",
        Role.EDITOR,
        "Undo one of the last changes, if nothing else changed it since." + PREVIEW,
        this::undo);
  }

  // ---- reading

  /** How much there is, and what holds for all. */
  record Overview(
      long changeIndex,
      int clients,
      int groups,
      int roles,
      DefaultsBody defaultACLAccess,
      String anonymousGroup) {}

  private void overview(Visit visit) {
    var policy = security.policy();
    visit.json(
        new Overview(
            policy.changeIndex(),
            policy.accounts().size(),
            policy.groups().size(),
            policy.roles().size(),
            DefaultsBody.of(policy.defaults()),
            policy.anonymousGroup()));
  }

  /** Some of those that were found, in the form of dynamic-security.json. */
  record ClientList(int total, List<ObjectNode> clients) {}

  /** The same of groups. */
  record GroupList(int total, List<ObjectNode> groups) {}

  /** The same of roles. */
  record RoleList(int total, List<ObjectNode> roles) {}

  private void clients(Visit visit) {
    list(
        visit,
        Listing.accounts(security.policy(), visit.query("search")),
        account -> PolicyJson.write(account, true),
        ClientList::new);
  }

  private void groups(Visit visit) {
    list(
        visit,
        Listing.groups(security.policy(), visit.query("search")),
        PolicyJson::write,
        GroupList::new);
  }

  private void roles(Visit visit) {
    list(
        visit,
        Listing.roles(security.policy(), visit.query("search")),
        PolicyJson::write,
        RoleList::new);
  }

  private static <T> void list(
      Visit visit,
      List<T> found,
      Function<T, ObjectNode> write,
      BiFunction<Integer, List<ObjectNode>, Object> answer) {
    int offset = Math.clamp(number(visit, "offset", 0), 0, found.size());
    int limit = Math.clamp(number(visit, "limit", 100), 1, 1_000);
    visit.json(
        answer.apply(found.size(), found.stream().skip(offset).limit(limit).map(write).toList()));
  }

  private static int number(Visit visit, String name, int otherwise) {
    var text = visit.query(name);
    try {
      return text.isEmpty() ? otherwise : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Problem(400, "%s has to be a number.".formatted(name));
    }
  }

  private void client(Visit visit) {
    visit.json(PolicyJson.write(account(security.policy(), visit.path("name")), true));
  }

  private void group(Visit visit) {
    var policy = security.policy();
    var name = visit.path("name");
    var node = PolicyJson.write(policy.group(name).orElseThrow(() -> nobody("group", name)));
    var members = node.putArray("clients");
    for (var account : policy.members(name)) {
      members.addObject().put("username", account.username());
    }
    visit.json(node);
  }

  private void role(Visit visit) {
    var name = visit.path("name");
    visit.json(
        PolicyJson.write(security.policy().role(name).orElseThrow(() -> nobody("role", name))));
  }

  /**
   * What the broker decides.
   *
   * @param rule left out if none decided
   * @param askedBefore roles that had nothing to say, in words
   * @param login why such a client can't log in at all; "" if it can
   */
  record Decided(
      boolean allowed,
      Decision.Basis basis,
      String why,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<DecidingRule> rule,
      List<String> askedBefore,
      String login) {}

  /**
   * The rule that decided.
   *
   * @param groupname left out, as its priority, if the account has the role itself
   */
  record DecidingRule(
      String rolename,
      int rolePriority,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> groupname,
      @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> groupPriority,
      AclOf acl) {

    static DecidingRule of(Decision.Rule rule) {
      var way = rule.way();
      var group = Optional.of(way.group()).filter(name -> !name.isEmpty());
      return new DecidingRule(
          way.role(),
          way.priority(),
          group,
          group.map(name -> way.groupPriority()),
          AclOf.of(rule.acl()));
    }
  }

  private void decision(Visit visit) {
    var decision = AclDecision.decide(security.policy(), question(visit));
    var refusal =
        AclDecision.refusal(security.policy(), visit.query("username"), visit.query("clientid"));
    visit.json(
        new Decided(
            decision.allowed(),
            decision.basis(),
            decision.why(),
            decision.rule().map(DecidingRule::of),
            decision.asked().stream().map(Decision.Way::words).toList(),
            refusal.orElse("")));
  }

  static Question question(Visit visit) {
    var text = visit.query("action");
    var action =
        Arrays.stream(Action.values())
            .filter(each -> each.name().equalsIgnoreCase(text))
            .findFirst()
            .orElseThrow(() ->
                new Problem(400, "Give an action: PUBLISH, RECEIVE, SUBSCRIBE or UNSUBSCRIBE."));
    return new Question(
        visit.query("username"), visit.query("clientid"), action, visit.query("topic"));
  }

  private void export(Visit visit) {
    visit.audit("security.export", "all", null, null);
    visit
        .context()
        .header("Content-Disposition", "attachment; filename=\"dynamic-security.json\"")
        .contentType("application/json")
        .result(PolicyJson.write(security.policy()).toPrettyString());
  }

  // ---- changing

  private void putClient(Visit visit) {
    var name = visit.path("name");
    var body = visit.body(ClientBody.class);
    var now = security.policy().account(name);
    var wishes = new ArrayList<Wish>();
    wishes.add(new PutAccount(body.account(name, now)));
    body.password()
        .filter(password -> !password.isEmpty())
        .ifPresent(password -> wishes.add(new SetPassword(name, password)));
    if (now.isEmpty()) {
      change(visit, "client.create", "Created the client '%s'.".formatted(name), wishes);
    } else {
      mustNotBeNew(visit, "client", name);
      change(visit, "client.change", "Changed the client '%s'.".formatted(name), wishes);
    }
  }

  /** A form for something new must not change what has that name already. */
  private static void mustNotBeNew(Visit visit, String kind, String name) {
    if (visit.query("new").equals("true")) {
      throw new Problem(
          409, "There is a %s '%s' already. Choose another name.".formatted(kind, name));
    }
  }

  private void password(Visit visit) {
    var name = visit.path("name");
    change(
        visit,
        "client.password",
        "Set the password of the client '%s'.".formatted(name),
        List.of(new SetPassword(name, visit.body(PasswordBody.class).password())));
  }

  /** A password that was made. */
  record MadePassword(String password) {}

  private void bulkClients(Visit visit) {
    var policy = security.policy();
    bulk(
        visit,
        "client",
        (body, name) -> {
          var account = account(policy, name);
          return switch (body.action()) {
            case "enable" -> new PutAccount(account.withDisabled(false));
            case "disable" -> new PutAccount(account.withDisabled(true));
            case "delete" -> new DeleteAccount(name);
            case "add-group" ->
                new PutAccount(account.withGroups(with(account.groups(), assigned(body))));
            case "remove-group" ->
                new PutAccount(account.withGroups(without(account.groups(), body.name())));
            case "add-role" ->
                new PutAccount(account.withRoles(with(account.roles(), assigned(body))));
            case "remove-role" ->
                new PutAccount(account.withRoles(without(account.roles(), body.name())));
            default -> throw unknown(body.action());
          };
        });
  }

  private void bulkGroups(Visit visit) {
    var policy = security.policy();
    bulk(
        visit,
        "group",
        (body, name) -> {
          var group = policy.group(name).orElseThrow(() -> nobody("group", name));
          return switch (body.action()) {
            case "delete" -> new DeleteGroup(name);
            case "add-role" -> new PutGroup(group.withRoles(with(group.roles(), assigned(body))));
            case "remove-role" ->
                new PutGroup(group.withRoles(without(group.roles(), body.name())));
            default -> throw unknown(body.action());
          };
        });
  }

  private void bulkRoles(Visit visit) {
    bulk(
        visit,
        "role",
        (body, name) -> {
          if (!body.action().equals("delete")) {
            throw unknown(body.action());
          }
          return new DeleteRole(name);
        });
  }

  /** Wishes the same of each that is named. */
  private void bulk(Visit visit, String kind, BiFunction<BulkBody, String, Wish> wish) {
    var body = visit.body(BulkBody.class);
    var names = names(body);
    change(
        visit,
        kind + "." + body.action(),
        bulkSummary(body, kind, names),
        names.stream().map(name -> wish.apply(body, name)).toList());
  }

  private static Assigned assigned(BulkBody body) {
    return new Assigned(body.name(), body.priority().orElse(Assigned.NONE));
  }

  private static List<String> names(BulkBody body) {
    if (body.names().isEmpty()) {
      throw new Problem(400, "Choose at least one.");
    }
    return body.names().stream().distinct().toList();
  }

  private static String bulkSummary(BulkBody body, String kind, List<String> names) {
    var whom =
        names.size() == 1
            ? "the %s '%s'".formatted(kind, names.getFirst())
            : names.size() + " " + kind + "s";
    return switch (body.action()) {
      case "enable" -> "Enabled %s.".formatted(whom);
      case "disable" -> "Disabled %s.".formatted(whom);
      case "delete" -> "Deleted %s.".formatted(whom);
      case "add-group" -> "Added %s to the group '%s'.".formatted(whom, body.name());
      case "remove-group" -> "Removed %s from the group '%s'.".formatted(whom, body.name());
      case "add-role" -> "Gave %s the role '%s'.".formatted(whom, body.name());
      default -> "Took the role '%s' from %s.".formatted(body.name(), whom);
    };
  }

  private static Problem unknown(String action) {
    return new Problem(400, "There is no action '%s' for these.".formatted(action));
  }

  private void putGroup(Visit visit) {
    var name = visit.path("name");
    var body = visit.body(GroupBody.class);
    var policy = security.policy();
    var now = policy.group(name);
    if (now.isPresent()) {
      mustNotBeNew(visit, "group", name);
    }
    var wishes = new ArrayList<Wish>();
    wishes.add(new PutGroup(body.group(name, now)));
    if (body.clients().isPresent()) {
      var wanted = new HashMap<String, Optional<Integer>>();
      body.clients().get().forEach(member -> wanted.put(member.username(), member.priority()));
      for (var username : wanted.keySet()) {
        account(policy, username);
      }
      for (var account : policy.accounts().values()) {
        var priority = wanted.get(account.username());
        var has = account.groups().stream().filter(each -> each.name().equals(name)).findFirst();
        if (priority == null) {
          if (has.isPresent()) {
            wishes.add(new PutAccount(account.withGroups(without(account.groups(), name))));
          }
        } else {
          // Who is in it already keeps its priority, if none is given.
          int value = priority.or(() -> has.map(Assigned::priority)).orElse(Assigned.NONE);
          wishes.add(
              new PutAccount(
                  account.withGroups(with(account.groups(), new Assigned(name, value)))));
        }
      }
    }
    change(
        visit,
        now.isPresent() ? "group.change" : "group.create",
        "%s the group '%s'.".formatted(now.isPresent() ? "Changed" : "Created", name),
        wishes);
  }

  private void putRole(Visit visit) {
    var name = visit.path("name");
    var now = security.policy().role(name);
    if (now.isPresent()) {
      mustNotBeNew(visit, "role", name);
    }
    change(
        visit,
        now.isPresent() ? "role.change" : "role.create",
        "%s the role '%s'.".formatted(now.isPresent() ? "Changed" : "Created", name),
        List.of(new PutRole(visit.body(RoleBody.class).role(name, now))));
  }

  private void putDefaults(Visit visit) {
    var body = visit.body(DefaultsBody.class);
    change(
        visit,
        "security.defaults",
        "Changed the default access.",
        List.of(
            new SetDefaults(
                new Defaults(
                    body.publishClientSend(),
                    body.publishClientReceive(),
                    body.subscribe(),
                    body.unsubscribe()))));
  }

  private void putAnonymous(Visit visit) {
    var group = visit.body(AnonymousBody.class).groupname();
    change(
        visit,
        "security.anonymous-group",
        "Made '%s' the group of clients without a name.".formatted(group),
        List.of(new SetAnonymousGroup(group)));
  }

  private void importAll(Visit visit) {
    var wanted = PolicyJson.read(SentJson.of(visit), security.policy());
    change(
        visit,
        "security.import",
        "Imported clients, groups and roles.",
        Wishes.toward(security.policy(), wanted, visit.query("remove").equals("true")));
  }

  private void undo(Visit visit) {
    long id;
    try {
      id = Long.parseLong(visit.path("id"));
    } catch (NumberFormatException e) {
      throw new Problem(404, "There is no such change.");
    }
    var change = security.change(id);
    var wishes = security.undoing(change);
    if (previewed(visit, wishes)) {
      return;
    }
    var summary = "Undone: " + change.summary();
    security.carryOut(visit, "security.undo", summary, wishes, visit.query("mark"), insists(visit));
    security.undone(change);
    visit.done(summary);
  }

  private void change(
      Visit visit, String action, String summary, Collection<? extends Wish> wishes) {
    if (previewed(visit, wishes)) {
      return;
    }
    var differences =
        security.carryOut(visit, action, summary, wishes, visit.query("mark"), insists(visit));
    boolean nothing =
        differences.isEmpty() && wishes.stream().noneMatch(SetPassword.class::isInstance);
    visit.done(nothing ? "Nothing was to be changed." : summary);
  }

  private boolean previewed(Visit visit, Collection<? extends Wish> wishes) {
    if (!visit.query("preview").equals("true")) {
      return false;
    }
    visit.json(security.preview(wishes).json());
    return true;
  }

  private static boolean insists(Visit visit) {
    return visit.query("insist").equals("true");
  }

  /** The last changes. */
  record ChangeList(List<Made> changes) {}

  /** A change that was made. */
  record Made(
      long id,
      Instant at,
      String who,
      String summary,
      boolean undoable,
      List<String> passwords,
      List<ObjectNode> differences) {

    static Made of(Change change) {
      return new Made(
          change.id(),
          change.at(),
          change.who(),
          change.summary(),
          change.undoable(),
          change.passwords(),
          change.differences().stream().map(Difference::json).toList());
    }
  }

  private static Account account(Policy policy, String name) {
    return policy.account(name).orElseThrow(() -> nobody("client", name));
  }

  static Problem nobody(String kind, String name) {
    return new Problem(
        404, "There is no %s '%s'. Look at the list, it may be gone.".formatted(kind, name));
  }

  private static List<Assigned> with(List<Assigned> all, Assigned one) {
    var others = new ArrayList<>(without(all, one.name()));
    others.add(one);
    return others;
  }

  private static List<Assigned> without(List<Assigned> all, String name) {
    return all.stream().filter(each -> !each.name().equals(name)).toList();
  }
}
