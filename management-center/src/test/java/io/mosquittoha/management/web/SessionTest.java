package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.CHOSEN;
import static io.mosquittoha.management.web.Running.FIRST;
import static io.mosquittoha.management.web.Running.form;
import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTest {

  @TempDir Path folder;

  @Test
  void firstPassword_whenUsed_thenNothingIsPossibleButChoosingAnother() {
    try (var running = Running.in(folder)) {
      var browser = running.browser();
      assertThat(browser.logIn("admin", FIRST).statusCode()).isEqualTo(200);

      assertThat(browser.get("/api/v1/users").statusCode()).isEqualTo(403);
      assertThat(browser.get("/api/v1/users").body()).contains("Choose another password first");
      assertThat(browser.get("/events").statusCode()).isEqualTo(403);
      assertThat(browser.page("/audit").headers().firstValue("Location")).hasValue("/password");
      assertThat(browser.page("/password").body()).contains("Choose your password");

      var same = form("current", FIRST, "password", FIRST, "again", FIRST);
      assertThat(browser.send("PUT", "/api/v1/session/password", same).statusCode()).isEqualTo(400);
      var chosen = form("current", FIRST, "password", CHOSEN, "again", CHOSEN);
      assertThat(browser.send("PUT", "/api/v1/session/password", chosen).statusCode())
          .isEqualTo(200);
      assertThat(browser.get("/api/v1/users").statusCode()).isEqualTo(200);
      assertThat(running.browser().logIn("admin", FIRST).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void firstPassword_whenItsFileIsMissing_thenTheAnswerSaysWhichFile() throws Exception {
    try (var running = Running.in(folder)) {
      Files.delete(folder.resolve("first"));

      var answer = running.browser().logIn("admin", FIRST);

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("first password").contains("cannot be read");
    }
  }

  @Test
  void firstPassword_whenTheSecretHasAnother_thenAdminIsLetInByIt_andOldSessionsEnd()
      throws Exception {
    try (var running = Running.in(folder)) {
      var admin = running.admin();
      var editor = running.as(Role.EDITOR);

      running.changeFirst("the-second-password");
      running.restart();

      // Nobody has to log in for it.
      await()
          .untilAsserted(
              () -> assertThat(admin.get("/api/v1/session").statusCode()).isEqualTo(401));
      assertThat(editor.get("/api/v1/session").statusCode()).isEqualTo(200);
      var browser = running.browser();
      assertThat(browser.logIn("admin", CHOSEN).statusCode()).isEqualTo(401);
      assertThat(browser.logIn("admin", FIRST).statusCode()).isEqualTo(401);
      assertThat(browser.logIn("admin", "the-second-password").statusCode()).isEqualTo(200);
      assertThat(browser.get("/api/v1/users").body()).contains("Choose another password first");
      browser.send(
          "PUT",
          "/api/v1/session/password",
          form("current", "the-second-password", "password", CHOSEN, "again", CHOSEN));
      assertThat(browser.get("/api/v1/audit?action=user.recover").body())
          .contains("user.recover", "the Secret", "sessionsEnded")
          .doesNotContain("the-second-password");
    }
  }

  @Test
  void firstPassword_whenTheSecretHasAnother_thenAnAdminWhoWasDeletedOrDisabledIsBack()
      throws Exception {
    try (var running = Running.in(folder)) {
      var admin = running.admin();
      admin.send("POST", "/api/v1/users", form("name", "bob", "role", "ADMIN", "password", FIRST));
      var bob = running.browser();
      bob.logIn("bob", FIRST);
      bob.send("PUT", "/api/v1/session/password", form("current", FIRST, "password", CHOSEN));
      assertThat(bob.send("DELETE", "/api/v1/users/admin", "").statusCode()).isEqualTo(200);

      running.changeFirst("the-second-password");
      running.restart();

      assertThat(running.browser().logIn("admin", "the-second-password").statusCode())
          .isEqualTo(200);

      var lower = form("role", "VIEWER", "enabled", "false");
      assertThat(bob.send("PUT", "/api/v1/users/admin", lower).statusCode()).isEqualTo(200);
      running.changeFirst("the-third-password");
      running.restart();

      var back = running.browser();
      assertThat(back.logIn("admin", "the-third-password").statusCode()).isEqualTo(200);
      assertThat(json(back.get("/api/v1/session")).toString()).contains("ADMIN");
    }
  }

  @Test
  void firstPassword_whenTheSecretHasTheSameAsBefore_thenNothingHappens() throws Exception {
    try (var running = Running.in(folder)) {
      var admin = running.admin();

      running.restart();

      // Logging in waits until the Secret was compared.
      assertThat(running.browser().logIn("admin", FIRST).statusCode()).isEqualTo(401);
      assertThat(running.browser().logIn("admin", CHOSEN).statusCode()).isEqualTo(200);
      assertThat(admin.get("/api/v1/users").statusCode()).isEqualTo(200);
      assertThat(admin.get("/api/v1/audit").body()).doesNotContain("user.recover");

      // Nor if it can't be compared.
      running.changeFirst("");
      running.restart();

      assertThat(running.browser().logIn("admin", CHOSEN).statusCode()).isEqualTo(200);
      assertThat(admin.get("/api/v1/audit").body()).doesNotContain("user.recover");
    }
  }

  @Test
  void firstPassword_whenUsersAreOfAVersionThatDidNotKeepIt_thenTheyKeepTheirs() throws Exception {
    try (var running = Running.in(folder)) {
      var admin = running.admin();
      running
          .store()
          .write(connection -> {
            try (var delete = connection.prepareStatement("DELETE FROM first_password")) {
              return delete.executeUpdate();
            }
          });
      running.changeFirst("the-second-password");
      running.restart();

      assertThat(running.browser().logIn("admin", CHOSEN).statusCode()).isEqualTo(200);
      assertThat(admin.get("/api/v1/session").statusCode()).isEqualTo(200);

      running.changeFirst("the-third-password");
      running.restart();

      assertThat(running.browser().logIn("admin", "the-third-password").statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void session_whenTheApplicationRestarts_thenGoesOn() {
    try (var running = Running.in(folder)) {
      var browser = running.admin();

      running.restart();

      assertThat(browser.get("/api/v1/session").body()).contains("\"admin\"");
    }
  }

  @Test
  void session_whenKept_thenOnlyItsHashIsOnTheDisk() throws Exception {
    try (var running = Running.in(folder)) {
      var token = running.admin().cookie().split("=", 2)[1];
      try (var files = Files.walk(folder.resolve("data"))) {
        for (var file : files.filter(Files::isRegularFile).toList()) {
          assertThat(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1))
              .doesNotContain(token)
              .doesNotContain(CHOSEN);
        }
      }
    }
  }

  @Test
  void session_whenNobodyUsesIt_thenEnds() {
    try (var running = Running.in(folder)) {
      var browser = running.admin();
      running.pass(Sessions.IDLE.minusMinutes(5));
      // A page that refreshes itself is nobody who uses it.
      assertThat(browser.get("/parts/audit/rows", "HX-Request", "true").statusCode())
          .isEqualTo(200);

      running.pass(Duration.ofMinutes(10));

      assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void session_whenUsedAllTheTime_thenEndsNevertheless() {
    try (var running = Running.in(folder)) {
      var browser = running.admin();
      for (var i = 0; i < 15; i++) {
        assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(200);
        running.pass(Duration.ofMinutes(47));
      }
      running.pass(Duration.ofMinutes(20));

      assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void session_whenPasswordIsChanged_thenTheOthersEnd() {
    try (var running = Running.in(folder)) {
      var here = running.admin();
      var there = running.admin();

      here.send(
          "PUT",
          "/api/v1/session/password",
          form("current", CHOSEN, "password", "another-password", "again", "another-password"));

      assertThat(here.get("/api/v1/session").statusCode()).isEqualTo(200);
      assertThat(there.get("/api/v1/session").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void logOut_whenDone_thenTheCookieIsWorthNothing() {
    try (var running = Running.in(folder)) {
      var browser = running.admin();

      assertThat(browser.send("DELETE", "/api/v1/session", "").statusCode()).isEqualTo(200);

      assertThat(browser.get("/api/v1/session").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void logIn_whenDone_thenGivesACookieThatScriptsAndOtherSitesDoNotGet() {
    try (var running = Running.in(folder)) {
      var answer = running.browser().logIn("admin", FIRST);

      assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow())
          .startsWith("center-demo=")
          .contains("HttpOnly")
          .contains("SameSite=Strict")
          .contains("Path=/;")
          .doesNotContain("Secure");
    }
  }

  @Test
  void logIn_whenTheApplicationIsReachedByHttps_thenTheCookieIsSecure() {
    try (var running = Running.with(folder, List.of("publicUrl=https://mqtt.example"))) {
      var answer = running.browser().logIn("admin", FIRST);

      assertThat(answer.headers().firstValue("Set-Cookie").orElseThrow()).endsWith("; Secure");
      assertThat(answer.headers().firstValue("Strict-Transport-Security")).isPresent();
    }
  }

  @Test
  void logIn_whenGuessedTooOften_thenHasToWait_andSaysHowLong() {
    try (var running = Running.in(folder)) {
      running.admin();
      var browser = running.browser();
      for (var i = 0; i < 10; i++) {
        assertThat(browser.logIn("admin", "wrong-" + i).statusCode()).isEqualTo(401);
      }

      var answer = browser.logIn("ADMIN", CHOSEN);

      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(answer.body()).contains("for this user failed. Wait");
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();

      running.pass(Duration.ofSeconds(31));
      assertThat(browser.logIn("admin", CHOSEN).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void logIn_whenOneAddressGuessesManyNames_thenHasToWait() {
    try (var running = Running.in(folder)) {
      running.admin();
      var browser = running.browser();
      for (var i = 0; i < 20; i++) {
        assertThat(browser.logIn("user-" + i, "wrong").statusCode()).isEqualTo(401);
      }

      assertThat(browser.logIn("user-20", "wrong").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void logIn_whenRefused_thenTheAuditHasNoNameThatNobodyHas() {
    try (var running = Running.in(folder)) {
      var admin = running.admin();
      running.browser().logIn("my-password-by-mistake", "x");

      var audit = admin.get("/api/v1/audit?action=session.refused").body();

      assertThat(audit).contains("somebody unknown").doesNotContain("my-password-by-mistake");
    }
  }

  @Test
  void next_whenItIsAnotherSite_thenOneGoesHome() {
    try (var running = Running.in(folder)) {
      var admin = running.admin();
      for (var bad :
          List.of(
              "https://evil.example/",
              "//evil.example/",
              "/\\evil.example",
              "javascript:alert(1)",
              "/../evil")) {
        var answer = admin.page("/login?" + form("next", bad));
        assertThat(answer.headers().firstValue("Location").orElse(""))
            .as(bad)
            .matches("/|/\\.\\./evil");
      }
      assertThat(
              admin
                  .page("/login?" + form("next", "/audit?person=x"))
                  .headers()
                  .firstValue("Location"))
          .hasValue("/audit?person=x");
    }
  }

  @Test
  void token_whenUsed_thenHasItsRole_andNoMoreWhenExpiredOrTakenBack() {
    try (var running = Running.in(folder)) {
      var admin = running.admin();
      var token = running.token(Role.EDITOR);
      var programme = running.browser();
      var header = new String[] {"Authorization", "Bearer " + token};

      assertThat(json(programme.get("/api/v1/session", header)).get("role").asText())
          .isEqualTo("EDITOR");
      assertThat(programme.get("/api/v1/users", header).statusCode()).isEqualTo(403);
      assertThat(admin.get("/api/v1/tokens").body())
          .doesNotContain(token)
          .contains(token.substring(0, 10));
      running.pass(Duration.ofDays(2));
      assertThat(programme.get("/api/v1/session", header).statusCode()).isEqualTo(401);

      running.pass(Duration.ofDays(-2));
      assertThat(programme.get("/api/v1/session", header).statusCode()).isEqualTo(200);
      admin.send("DELETE", "/api/v1/tokens/token-editor", "");
      assertThat(programme.get("/api/v1/session", header).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void admin_whenTheOnlyOne_thenCannotBeDeletedNorDemotedNorLockedOut() {
    try (var running = Running.in(folder)) {
      var admin = running.admin();

      assertThat(admin.send("DELETE", "/api/v1/users/admin", "").statusCode()).isEqualTo(409);
      assertThat(
              admin
                  .send("PUT", "/api/v1/users/admin", form("role", "VIEWER", "enabled", "true"))
                  .statusCode())
          .isEqualTo(409);
      assertThat(
              admin
                  .send("PUT", "/api/v1/users/admin", form("role", "ADMIN", "enabled", "false"))
                  .statusCode())
          .isEqualTo(409);
    }
  }

  @Test
  void user_whenLockedOutOrDemoted_thenItsSessionsFeelItAtOnce() {
    try (var running = Running.in(folder)) {
      var editor = running.as(Role.EDITOR);
      var admin = running.admin();

      admin.send("PUT", "/api/v1/users/editor-1", form("role", "VIEWER", "enabled", "true"));
      assertThat(json(editor.get("/api/v1/session")).get("role").asText()).isEqualTo("VIEWER");

      admin.send("PUT", "/api/v1/users/editor-1", form("role", "VIEWER", "enabled", "false"));
      assertThat(editor.get("/api/v1/session").statusCode()).isEqualTo(401);
      assertThat(editor.logIn("editor-1", CHOSEN).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void user_whenMadeWithoutPassword_thenOneIsShownOnce_andHasToBeChanged() {
    try (var running = Running.in(folder)) {
      var made =
          running
              .admin()
              .send("POST", "/api/v1/users", form("name", "eve", "role", "VIEWER", "password", ""));
      var password = json(made).get("password").asText();

      var answer = running.browser().logIn("eve", password);

      assertThat(json(answer).get("mustChangePassword").asBoolean()).isTrue();
    }
  }
}
