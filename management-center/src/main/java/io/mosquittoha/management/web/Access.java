package io.mosquittoha.management.web;

import io.javalin.http.Context;
import io.mosquittoha.management.Settings;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/** Who asks, and whether they may. */
final class Access {

  /** What somebody may do who has to choose another password. */
  private static final Set<String> BEFORE_CHANGE =
      Set.of("/password", "/api/v1/session", "/api/v1/session/password");

  private static final String TOKEN_MARK = "token ";
  private static final String SIGN_ON_MARK = " (single sign-on)";

  private final Settings settings;
  private final Sessions sessions;
  private final Tokens tokens;

  Access(Settings settings, Sessions sessions, Tokens tokens) {
    this.settings = settings;
    this.sessions = sessions;
    this.tokens = tokens;
  }

  /** Whoever asks, if the route is for them; empty if they were sent to where they have to go. */
  Optional<Visitor> admit(Route route, Context context) {
    var visitor = identify(context);
    var changes = !route.method().name().equals("GET");
    if (changes && !isToken(context)) {
      checkOrigin(context);
    }
    if (route.least() == Role.ANYONE) {
      return Optional.of(visitor);
    }
    if (!visitor.isKnown()) {
      return logInFirst(route, context);
    }
    if (changes && visitor.csrf().isPresent()) {
      checkCsrf(context, visitor.csrf().get());
    }
    if (visitor.mustChange() && !BEFORE_CHANGE.contains(route.path())) {
      return changeFirst(route, context);
    }
    if (!visitor.person().role().includes(route.least())) {
      throw new Problem(
          403,
          "This needs the role %s; %s has the role %s. An admin can change that."
              .formatted(
                  lower(route.least()), visitor.person().name(), lower(visitor.person().role())));
    }
    return Optional.of(visitor);
  }

  private static String lower(Role role) {
    return role.name().toLowerCase(java.util.Locale.ROOT);
  }

  private Optional<Visitor> logInFirst(Route route, Context context) {
    var login = settings.base() + "/login";
    if (context.header("HX-Request") != null) {
      var current = context.header("HX-Current-URL");
      context.header("HX-Redirect", login + next(current == null ? "" : current));
    } else if (route.kind() == Route.Kind.PAGE) {
      var query = context.queryString();
      context.header("Cache-Control", "no-store");
      context.redirect(
          login + next(context.path() + (query == null ? "" : "?" + query)),
          io.javalin.http.HttpStatus.SEE_OTHER);
      return Optional.empty();
    }
    context.header("WWW-Authenticate", "Bearer realm=\"management-center\"");
    throw new Problem(401, "Log in first, or send an API token that is still good.");
  }

  private Optional<Visitor> changeFirst(Route route, Context context) {
    var password = settings.base() + "/password";
    if (context.header("HX-Request") != null) {
      context.header("HX-Redirect", password);
    } else if (route.kind() == Route.Kind.PAGE) {
      context.redirect(password, io.javalin.http.HttpStatus.SEE_OTHER);
      return Optional.empty();
    }
    throw new Problem(
        403, "Choose another password first: on the page, or by PUT /api/v1/session/password.");
  }

  /** Where to go after logging in; only ever a path of this application. */
  private String next(String address) {
    var path = local(address);
    return path.equals(settings.base() + "/")
        ? ""
        : "?next=" + URLEncoder.encode(path, StandardCharsets.UTF_8);
  }

  /** The address's path and query if it is one of this application's pages, else its home. */
  String local(String address) {
    var home = settings.base() + "/";
    try {
      var uri = URI.create(address);
      var path = uri.getRawPath();
      if (path == null
          || !path.startsWith(home)
          || path.startsWith("//")
          || path.startsWith(home + "login")
          || path.startsWith(home + "password")
          || path.startsWith(home + "parts/")) {
        return home;
      }
      return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    } catch (IllegalArgumentException e) {
      return home;
    }
  }

  boolean isStillAllowed(Visitor visitor) {
    if (visitor.session().isEmpty()) {
      return true;
    }
    var hash = Base64.getUrlDecoder().decode(visitor.session());
    return visitor.csrf().isPresent()
        ? sessions.findByHash(hash).filter(session -> !session.mustChange()).isPresent()
        : tokens.findByHash(hash).isPresent();
  }

  Visitor visitorOrNobody(Context context) {
    try {
      return identify(context);
    } catch (RuntimeException e) {
      // Asked for a page about what went wrong, perhaps with the database.
      return Visitor.nobody(from(context));
    }
  }

  private Visitor identify(Context context) {
    var from = from(context);
    if (isToken(context)) {
      return byToken(context, from);
    }
    var cookie = context.cookie(cookieName());
    if (cookie == null || cookie.isEmpty()) {
      return Visitor.nobody(from);
    }
    var found = sessions.find(cookie);
    if (found.isEmpty()) {
      return Visitor.nobody(from);
    }
    var session = found.get();
    if (isDeliberate(context)) {
      sessions.used(session);
    }
    return new Visitor(
        new Person(nameOf(session.user(), session.singleSignOn()), session.role(), from),
        Optional.of(csrf(cookie)),
        session.mustChange(),
        session.id());
  }

  /** The name in the audit: nobody from elsewhere looks like a user of here. */
  String nameOf(String user, boolean singleSignOn) {
    return singleSignOn ? user + SIGN_ON_MARK : user;
  }

  private static boolean isToken(Context context) {
    var header = context.header("Authorization");
    return header != null && header.regionMatches(true, 0, "Bearer ", 0, 7);
  }

  private Visitor byToken(Context context, String from) {
    var secret = String.valueOf(context.header("Authorization")).substring(7).strip();
    var found = tokens.find(secret);
    if (found.isEmpty()) {
      return Visitor.nobody(from);
    }
    tokens.used(found.get());
    return new Visitor(
        new Person(TOKEN_MARK + found.get().name(), found.get().role(), from),
        Optional.empty(),
        false,
        Secret.encode(Secret.hash(secret)));
  }

  /** An open page asks for its pieces by itself: that keeps no session alive. */
  private static boolean isDeliberate(Context context) {
    return context.header("HX-Request") == null
            && !String.valueOf(context.header("Accept")).contains("text/event-stream")
        || context.header("HX-Trigger-Name") != null
        || !context.method().name().equals("GET");
  }

  static String csrf(String token) {
    return Secret.encode(Secret.hash("csrf " + token));
  }

  private static void checkCsrf(Context context, String expected) {
    var sent = context.header("X-CSRF-Token");
    if (sent == null || !Secret.same(sent, expected)) {
      throw new Problem(
          403,
          "The request does not come from a page of this session. Load the page again. (Programmes"
              + " send the header X-CSRF-Token, or use an API token.)");
    }
  }

  /** Browsers say where a request comes from: other sites' are refused, also for logging in. */
  private void checkOrigin(Context context) {
    var site = context.header("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      throw foreign(site);
    }
    var origin = context.header("Origin");
    if (site == null && origin != null && !isOwn(origin, context)) {
      throw foreign(origin);
    }
  }

  private boolean isOwn(String origin, Context context) {
    try {
      var authority = URI.create(origin).getRawAuthority();
      if (authority == null) {
        return false;
      }
      if (authority.equalsIgnoreCase(context.header("Host"))) {
        return true;
      }
      return !settings.publicUrl().isEmpty()
          && authority.equalsIgnoreCase(URI.create(settings.publicUrl()).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Problem foreign(String from) {
    return new Problem(
        403,
        "The request comes from another site ('%s'). If a proxy stands between, set publicUrl."
            .formatted(from));
  }

  /**
   * The client's address. What proxies add is believed only where one is configured, and then the
   * proxy's address is said too.
   */
  String from(Context context) {
    var address = context.ip();
    if (settings.publicUrl().isEmpty()) {
      return address;
    }
    var forwarded = context.header("X-Forwarded-For");
    if (forwarded == null) {
      return address;
    }
    var last = forwarded.substring(forwarded.lastIndexOf(',') + 1).strip();
    return last.matches("[0-9a-fA-F:.]{2,45}") ? last + " via " + address : address;
  }

  boolean isSecure() {
    return settings.certificate().isPresent() || settings.publicUrl().startsWith("https:");
  }

  /** Browsers send cookies to all ports of a host: releases beside each other need other names. */
  String cookieName() {
    return "center-" + settings.release();
  }

  void giveCookie(Context context, String token) {
    setCookie(context, token, Sessions.WHOLE.toSeconds());
  }

  void takeCookie(Context context) {
    setCookie(context, "", 0);
  }

  private void setCookie(Context context, String value, long seconds) {
    // Coming back from single sign-on is a visit from another site, to which strict cookies are
    // not sent.
    context
        .res()
        .addHeader(
            "Set-Cookie",
            "%s=%s; Path=%s/; Max-Age=%d; HttpOnly; SameSite=%s%s"
                .formatted(
                    cookieName(),
                    value,
                    settings.base(),
                    seconds,
                    settings.openId().isPresent() ? "Lax" : "Strict",
                    isSecure() ? "; Secure" : ""));
  }
}
