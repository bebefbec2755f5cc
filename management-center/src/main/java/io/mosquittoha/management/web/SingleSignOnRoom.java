package io.mosquittoha.management.web;

import io.javalin.http.HttpStatus;
import io.mosquittoha.management.Settings;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The way to the provider of single sign-on, and back. */
final class SingleSignOnRoom implements Room {

  private static final String BACK = "/login/oidc/callback";

  private final Settings settings;
  private final SingleSignOn signOn;
  private final Access access;
  private final AccessRoom sessions;

  SingleSignOnRoom(Settings settings, SingleSignOn signOn, Access access, AccessRoom sessions) {
    this.settings = settings;
    this.signOn = signOn;
    this.access = access;
    this.sessions = sessions;
  }

  @Override
  public void open(Routes routes) {
    routes.page("/login/oidc", Role.ANYONE, this::depart);
    routes.page(BACK, Role.ANYONE, this::arrive);
  }

  private String cookie() {
    return "center-" + settings.release() + "-sign-on";
  }

  private void depart(Visit visit) {
    var departure = signOn.depart(back(visit), access.local(visit.query("next")));
    setCookie(visit, departure.browser(), 600);
    visit.context().header("Cache-Control", "no-store");
    visit.context().redirect(departure.to().toString(), HttpStatus.SEE_OTHER);
  }

  private void arrive(Visit visit) {
    var browser = visit.context().cookie(cookie());
    setCookie(visit, "", 0);
    visit.context().header("Cache-Control", "no-store");
    try {
      var arrival =
          signOn.arrive(
              visit.query("state"),
              browser == null ? "" : browser,
              visit.query("code"),
              visit.query("error"));
      sessions.begin(visit, arrival.name(), arrival.role(), true);
      visit.context().redirect(arrival.next(), HttpStatus.SEE_OTHER);
    } catch (Problem e) {
      var why = URLEncoder.encode(String.valueOf(e.getMessage()), StandardCharsets.UTF_8);
      visit.context().redirect(settings.base() + "/login?refused=" + why, HttpStatus.SEE_OTHER);
    }
  }

  /** Where the provider sends people: its admin has to register this address. */
  private URI back(Visit visit) {
    var known = settings.publicUrl();
    var root =
        known.isEmpty()
            ? visit.context().scheme() + "://" + visit.context().host()
            : known.replaceAll("/+$", "");
    var base = root.endsWith(settings.base()) ? "" : settings.base();
    return URI.create(root + base + BACK);
  }

  private void setCookie(Visit visit, String value, int seconds) {
    visit
        .context()
        .res()
        .addHeader(
            "Set-Cookie",
            "%s=%s; Path=%s/login/oidc; Max-Age=%d; HttpOnly; SameSite=Lax%s"
                .formatted(
                    cookie(),
                    value,
                    settings.base(),
                    seconds,
                    access.isSecure() ? "; Secure" : ""));
  }
}
