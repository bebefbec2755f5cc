package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.FIRST;
import static io.mosquittoha.management.web.Running.form;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that another site makes a browser send. */
class ForeignRequestTest {

  @TempDir Path folder;

  private final AtomicInteger done = new AtomicInteger();
  private final Room room =
      routes ->
          routes.post(
              "/api/v1/thing",
              Role.VIEWER,
              "Do it",
              visit -> {
                done.incrementAndGet();
                visit.done("Done – ✓");
              });

  @Test
  void change_whenTheTokenOfThePageIsMissingOrWrong_thenIsRefused() {
    try (var running = Running.in(folder, room)) {
      var browser = running.admin();

      for (var token : List.of("", "wrong", Access.csrf("another session"))) {
        var answer = browser.send("POST", "/api/v1/thing", "x=1", "X-CSRF-Token", token);
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).contains("not come from a page of this session");
      }
      assertThat(done).hasValue(0);

      assertThat(browser.send("POST", "/api/v1/thing", "x=1").statusCode()).isEqualTo(200);
      assertThat(done).hasValue(1);
    }
  }

  @Test
  void change_whenTheBrowserSaysThatItComesFromElsewhere_thenIsRefusedEvenWithTheToken() {
    try (var running = Running.in(folder, room)) {
      var browser = running.admin();

      assertThat(
              browser
                  .send("POST", "/api/v1/thing", "x=1", "Sec-Fetch-Site", "cross-site")
                  .statusCode())
          .isEqualTo(403);
      assertThat(
              browser
                  .send("POST", "/api/v1/thing", "x=1", "Sec-Fetch-Site", "same-site")
                  .statusCode())
          .isEqualTo(403);
      assertThat(
              browser
                  .send("POST", "/api/v1/thing", "x=1", "Origin", "http://evil.example")
                  .statusCode())
          .isEqualTo(403);
      assertThat(browser.send("POST", "/api/v1/thing", "x=1", "Origin", "null").statusCode())
          .isEqualTo(403);
      assertThat(
              browser.send("POST", "/api/v1/thing", "x=1", "Origin", running.root()).statusCode())
          .isEqualTo(200);
      assertThat(done).hasValue(1);
    }
  }

  @Test
  void logIn_whenAnotherSiteSendsTheForm_thenIsRefused() {
    try (var running = Running.in(folder)) {
      var answer =
          running
              .browser()
              .send(
                  "POST",
                  "/api/v1/session",
                  form("name", "admin", "password", FIRST),
                  "Origin",
                  "http://evil.example");

      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    }
  }

  @Test
  void done_whenAPageAsks_thenItsSentenceIsAHeaderThatAnyTextFitsIn() {
    try (var running = Running.in(folder, room)) {
      var answer = running.admin().send("POST", "/api/v1/thing", "x=1", "HX-Request", "true");

      assertThat(answer.statusCode()).isEqualTo(204);
      assertThat(answer.headers().firstValue("HX-Trigger"))
          .hasValue("{\"toast\":\"Done \\u2013 \\u2713\"}");
    }
  }

  @Test
  void page_whenNobodyIsLoggedIn_thenSendsToTheLogIn_andRemembersWhereOneWanted() {
    try (var running = Running.in(folder)) {
      var nobody = running.browser();

      assertThat(nobody.page("/audit?person=x").headers().firstValue("Location"))
          .hasValue("/login?next=%2Faudit%3Fperson%3Dx");
      var piece =
          nobody.get(
              "/parts/audit/rows",
              "HX-Request",
              "true",
              "HX-Current-URL",
              running.root() + "/audit");
      assertThat(piece.statusCode()).isEqualTo(401);
      assertThat(piece.headers().firstValue("HX-Redirect")).hasValue("/login?next=%2Faudit");
    }
  }
}
