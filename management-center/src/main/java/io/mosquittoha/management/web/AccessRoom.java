package io.mosquittoha.management.web;

import io.javalin.http.HttpStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Logging in and out, one's own account, users and tokens. */
final class AccessRoom implements Room {

  private static final List<Role> ROLES =
      Arrays.stream(Role.values()).filter(role -> role != Role.ANYONE).toList();

  private final Access access;
  private final FirstPassword firstPassword;
  private final Users users;
  private final Sessions sessions;
  private final Tokens tokens;
  private final LoginLimit limit;
  private final Audit audit;
  private final Events events;
  private final boolean singleSignOn;

  AccessRoom(
      Access access,
      FirstPassword firstPassword,
      Users users,
      Sessions sessions,
      Tokens tokens,
      LoginLimit limit,
      Audit audit,
      Events events,
      boolean singleSignOn) {
    this.access = access;
    this.firstPassword = firstPassword;
    this.users = users;
    this.sessions = sessions;
    this.tokens = tokens;
    this.limit = limit;
    this.audit = audit;
    this.events = events;
    this.singleSignOn = singleSignOn;
  }

  /** What logging in sends. */
  record Login(String name, String password, String next) {}

  /** What choosing another password sends. */
  record Choice(String current, String password, String again) {}

  /** A new user; without a password, one is made and shown once. */
  record NewUser(String name, Role role, String password) {}

  /** What a user may do. */
  record Rights(Role role, boolean enabled) {}

  /** A password for somebody else; if it is empty, one is made and shown once. */
  record Reset(String password) {}

  /** A new token. */
  record NewToken(String name, Role role, int days) {}

  /** A token that was made, as it is told this once. */
  record MadeToken(String name, String token) {}

  @Override
  public void open(Routes routes) {
    openSession(routes);
    openUsers(routes);
    openTokens(routes);
  }

  private void openSession(Routes routes) {
    routes.page("/login", Role.ANYONE, this::loginPage);
    routes.page(
        "/password",
        Role.VIEWER,
        visit ->
            visit.render("access/password.jte", Map.of("forced", visitor(visit).mustChange())));
    routes.page("/account", Role.VIEWER, visit -> visit.render("access/account.jte", own(visit)));
    routes.post(
        "/api/v1/session",
        Role.ANYONE,
        "Log in: the answer sets a cookie",
        Login.class,
        Reply.of(Account.class),
        this::logIn);
    routes.get(
        "/api/v1/session",
        Role.VIEWER,
        "Say who I am",
        Account.class,
        visit -> visit.json(account(visit)));
    routes.delete("/api/v1/session", Role.VIEWER, "Log out", this::logOut);
    routes.put(
        "/api/v1/session/password",
        Role.VIEWER,
        "Choose another password for oneself",
        Choice.class,
        this::choose);
    routes.delete(
        "/api/v1/session/others",
        Role.VIEWER,
        "End all of one's own sessions but this",
        visit -> {
          var name = localUser(visit);
          var ended = sessions.endAll(name, visitor(visit).session());
          visit.audit("session.end-others", name, null, Map.of("ended", ended));
          visit.done("%d other sessions are over.".formatted(ended));
        });
  }

  private void openUsers(Routes routes) {
    routes.page("/admin", Role.VIEWER, this::admin);
    routes.page(
        "/parts/access/users",
        Role.ADMIN,
        visit -> visit.render("access/user-rows.jte", userParameters(visit)));
    routes.get(
        "/api/v1/users",
        Role.ADMIN,
        "List users who log in with a password",
        User[].class,
        visit -> visit.json(users.all()));
    routes.post(
        "/api/v1/users",
        Role.ADMIN,
        "Make a user, who has to choose another password at first",
        NewUser.class,
        this::createUser);
    routes.put(
        "/api/v1/users/{name}",
        Role.ADMIN,
        "Change what a user may do",
        Rights.class,
        this::changeUser);
    routes.put(
        "/api/v1/users/{name}/password",
        Role.ADMIN,
        "Give a user another password, which they have to change",
        Reset.class,
        this::resetPassword);
    routes.delete(
        "/api/v1/users/{name}/sessions",
        Role.ADMIN,
        "Log a user out everywhere",
        visit -> {
          var user = users.get(visit.path("name"));
          var ended = sessions.endAll(user.name(), "");
          visit.audit("user.log-out", user.name(), null, Map.of("ended", ended));
          visit.done("'%s' is logged out everywhere.".formatted(user.name()));
        });
    routes.delete("/api/v1/users/{name}", Role.ADMIN, "Delete a user", this::removeUser);
  }

  /** Users, for those who may see them; others get the part of administration that they may use. */
  private void admin(Visit visit) {
    if (visit.who().role().includes(Role.ADMIN)) {
      visit.render("access/users.jte", userParameters(visit));
    } else {
      visit
          .context()
          .redirect(((Request) visit).page().base() + "/admin/backup", HttpStatus.SEE_OTHER);
    }
  }

  private void openTokens(Routes routes) {
    routes.page(
        "/admin/tokens",
        Role.ADMIN,
        visit -> visit.render("access/tokens.jte", Map.of("tokens", tokens.all(), "roles", ROLES)));
    routes.page(
        "/parts/access/tokens",
        Role.ADMIN,
        visit -> visit.render("access/token-rows.jte", Map.of("tokens", tokens.all())));
    routes.get(
        "/api/v1/tokens",
        Role.ADMIN,
        "List API tokens, without what lets in",
        Tokens.Token[].class,
        visit -> visit.json(tokens.all()));
    routes.post(
        "/api/v1/tokens",
        Role.ADMIN,
        "Make an API token; the answer has it, this once",
        NewToken.class,
        Reply.of(MadeToken.class),
        this::createToken);
    routes.delete(
        "/api/v1/tokens/{name}",
        Role.ADMIN,
        "Take an API token back",
        visit -> {
          var token = tokens.remove(visit.path("name"));
          visit.audit("token.delete", token.name(), token, null);
          events.changed("users");
          visit.done("The token '%s' lets nobody in any more.".formatted(token.name()));
        });
  }

  private Map<String, Object> userParameters(Visit visit) {
    return Map.of(
        "users",
        users.all(),
        "roles",
        ROLES,
        "singleSignOn",
        singleSignOn,
        "me",
        visit.who().name());
  }

  private static Visitor visitor(Visit visit) {
    return ((Request) visit).visitor();
  }

  private void loginPage(Visit visit) {
    if (visitor(visit).isKnown()) {
      visit.context().redirect(access.local(visit.query("next")), HttpStatus.SEE_OTHER);
      return;
    }
    visit.render(
        "access/login.jte",
        Map.of(
            "next",
            access.local(visit.query("next")),
            "singleSignOn",
            singleSignOn,
            "refused",
            visit.query("refused")));
  }

  private void logIn(Visit visit) {
    var login = visit.body(Login.class);
    var from = visit.who().from();
    limit.take(from, login.name());
    firstPassword.apply();
    var user = users.authenticate(login.name(), login.password());
    if (user.isEmpty()) {
      audit.write(
          new Person("", Role.ANYONE, from),
          "session.refused",
          // Some type their password where the name belongs.
          users.find(login.name()).map(User::name).orElse("somebody unknown"),
          null,
          null);
      throw new Problem(401, "That user and password do not go together.");
    }
    limit.succeeded(from, login.name());
    begin(visit, user.get().name(), user.get().role(), false);
    users.loggedIn(user.get().name());
    var next =
        user.get().mustChange()
            ? ((Request) visit).page().base() + "/password"
            : access.local(login.next());
    go(visit, next, new Account(user.get().name(), user.get().role(), user.get().mustChange()));
  }

  /** Begins a session, and gives the browser its cookie. */
  void begin(Visit visit, String name, Role role, boolean byProvider) {
    var context = visit.context();
    // Whoever was logged in with this browser is not any more: a session is never taken over.
    var before = visitor(visit);
    if (before.csrf().isPresent()) {
      sessions.end(before.session());
    }
    var browser = Optional.ofNullable(context.userAgent()).orElse("");
    var token = sessions.begin(name, role, byProvider, visit.who().from(), browser);
    access.giveCookie(context, token);
    audit.write(
        new Person(access.nameOf(name, byProvider), role, visit.who().from()),
        "session.begin",
        access.nameOf(name, byProvider),
        null,
        null);
  }

  private static void go(Visit visit, String address, Object answer) {
    if (visit.context().header("HX-Request") == null) {
      visit.json(answer);
    } else {
      visit.context().status(204).header("HX-Redirect", address);
    }
  }

  private void logOut(Visit visit) {
    var visitor = visitor(visit);
    if (visitor.csrf().isEmpty()) {
      throw new Problem(409, "A token has no session. An admin can take it back.");
    }
    sessions.end(visitor.session());
    access.takeCookie(visit.context());
    visit.context().header("Clear-Site-Data", "\"cache\", \"storage\"");
    visit.audit("session.end", visit.who().name(), null, null);
    go(visit, ((Request) visit).page().base() + "/login", Map.of("message", "You are logged out."));
  }

  /** The name of a user with a password. */
  private String localUser(Visit visit) {
    if (visitor(visit).csrf().isEmpty() || users.find(visit.who().name()).isEmpty()) {
      throw new Problem(
          409, "Only users with a password have one, and sessions; tokens and others do not.");
    }
    return visit.who().name();
  }

  private void choose(Visit visit) {
    var name = localUser(visit);
    var choice = visit.body(Choice.class);
    if (!choice.again().isEmpty() && !choice.again().equals(choice.password())) {
      throw new Problem(400, "The two new passwords are not the same.");
    }
    limit.take(visit.who().from(), name);
    users.choose(name, choice.current(), choice.password());
    limit.succeeded(visit.who().from(), name);
    var ended = sessions.endAll(name, visitor(visit).session());
    visit.audit("session.password", name, null, Map.of("otherSessionsEnded", ended));
    if (visitor(visit).mustChange()) {
      go(
          visit,
          ((Request) visit).page().base() + "/",
          Map.of("message", "The password is changed."));
    } else {
      visit.done("The password is changed.");
    }
  }

  /** Who asks, as JSON. */
  record Account(String name, Role role, boolean mustChangePassword) {}

  private static Account account(Visit visit) {
    return new Account(visit.who().name(), visit.who().role(), visitor(visit).mustChange());
  }

  private Map<String, Object> own(Visit visit) {
    var visitor = visitor(visit);
    var local = users.find(visit.who().name());
    return Map.of(
        "hasPassword",
        local.isPresent(),
        "sessions",
        local.isPresent()
            ? sessions.of(visit.who().name(), false)
            : sessions
                .findByHash(java.util.Base64.getUrlDecoder().decode(visitor.session()))
                .stream()
                .toList(),
        "current",
        visitor.session());
  }

  private void createUser(Visit visit) {
    var wanted = visit.body(NewUser.class);
    var made = wanted.password().isEmpty();
    var password = made ? Secret.password() : wanted.password();
    users.create(wanted.name(), wanted.role(), password);
    visit.audit("user.create", wanted.name(), null, Map.of("role", wanted.role()));
    events.changed("users");
    if (made) {
      once(
          visit,
          "First password of " + wanted.name(),
          password,
          Map.of("name", wanted.name(), "password", password));
    } else {
      visit.done("The user '%s' is made.".formatted(wanted.name()));
    }
  }

  /** Shows a secret, or answers with what has it. */
  private static void once(Visit visit, String title, String secret, Object answer) {
    if (visit.context().header("HX-Request") == null) {
      visit.json(answer);
    } else {
      visit.render("access/once.jte", Map.of("title", title, "secret", secret));
    }
  }

  private void changeUser(Visit visit) {
    var before = users.get(visit.path("name"));
    var rights = visit.body(Rights.class);
    users.change(before.name(), rights.role(), rights.enabled());
    if (!rights.enabled()) {
      sessions.endAll(before.name(), "");
    }
    visit.audit("user.change", before.name(), new Rights(before.role(), before.enabled()), rights);
    events.changed("users");
    visit.done("'%s' is changed.".formatted(before.name()));
  }

  private void resetPassword(Visit visit) {
    var user = users.get(visit.path("name"));
    var wanted = visit.body(Reset.class).password();
    var password = wanted.isEmpty() ? Secret.password() : wanted;
    users.reset(user.name(), password);
    sessions.endAll(user.name(), "");
    visit.audit("user.password", user.name(), null, null);
    events.changed("users");
    if (wanted.isEmpty()) {
      once(
          visit,
          "New password of " + user.name(),
          password,
          Map.of("name", user.name(), "password", password));
    } else {
      visit.done("'%s' has another password, and has to change it.".formatted(user.name()));
    }
  }

  private void removeUser(Visit visit) {
    var user = users.get(visit.path("name"));
    users.remove(user.name());
    sessions.endAll(user.name(), "");
    visit.audit("user.delete", user.name(), Map.of("role", user.role()), null);
    events.changed("users");
    visit.done("The user '%s' is deleted.".formatted(user.name()));
  }

  private void createToken(Visit visit) {
    var wanted = visit.body(NewToken.class);
    var days = wanted.days() == 0 ? 90 : wanted.days();
    var token = tokens.create(wanted.name(), wanted.role(), visit.who().name(), days);
    visit.audit("token.create", wanted.name(), null, Map.of("role", wanted.role(), "days", days));
    events.changed("users");
    once(visit, "The token " + wanted.name(), token, new MadeToken(wanted.name(), token));
  }
}
