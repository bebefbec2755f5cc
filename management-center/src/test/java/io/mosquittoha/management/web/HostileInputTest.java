package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.form;
import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostileInputTest {

  private static final String EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

  enum Colour {
    RED
  }

  record Part(String text) {}

  record Sent(
      String name,
      int number,
      boolean flag,
      List<String> many,
      Optional<String> perhaps,
      Colour colour,
      List<Part> parts) {}

  @TempDir Path folder;

  private final Room room =
      routes -> {
        routes.put(
            "/api/v1/things/{id}",
            Role.VIEWER,
            "Say it again",
            Sent.class,
            visit -> visit.json(Map.of("id", visit.path("id"), "sent", visit.body(Sent.class))));
        routes.get(
            "/api/v1/fault",
            Role.VIEWER,
            "Fail",
            Map.class,
            visit -> {
              throw new IllegalStateException("a secret detail");
            });
        routes.page(
            "/fault",
            Role.VIEWER,
            visit -> {
              throw new Problem(409, EVIL);
            });
        routes.post(
            "/api/v1/note",
            Role.VIEWER,
            "Note it",
            visit -> {
              visit.audit(
                  EVIL, EVIL, Map.of("x", EVIL), Map.of("password", "hidden-word", "y", EVIL));
              visit.done(EVIL + "\r\nSet-Cookie: evil=1");
            });
      };

  @Test
  void text_whenItIsHtml_thenPagesShowItAsText() {
    try (var running = Running.in(folder, room)) {
      var browser = running.admin();
      var noted = browser.send("POST", "/api/v1/note", "x=1", "HX-Request", "true");
      assertThat(noted.headers().firstValue("Set-Cookie")).isEmpty();

      for (var path :
          List.of("/audit", "/audit?" + form("target", EVIL), "/fault", "/nowhere/%3Cscript%3E")) {
        assertThat(browser.page(path).body())
            .as(path)
            .doesNotContain("<script>alert")
            .doesNotContain("<img src=x");
      }
      assertThat(browser.page("/audit").body())
          .contains("&lt;script&gt;")
          .doesNotContain("hidden-word");
      assertThat(running.browser().page("/login?" + form("refused", EVIL)).body())
          .doesNotContain("<img src=x");
    }
  }

  @Test
  void answer_whenWhatever_thenHasTheHeadersThatKeepBrowsersSafe() {
    try (var running = Running.in(folder, room)) {
      for (var path :
          List.of("/login", "/nowhere", "/api/v1/nowhere", "/assets/htmx.js", "/healthz")) {
        var headers = running.browser().page(path).headers();
        assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
            .as(path)
            .contains("default-src 'none'")
            .contains("frame-ancestors 'none'")
            .doesNotContain("unsafe");
        assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(headers.firstValue("Server")).isEmpty();
      }
    }
  }

  @Test
  void body_whenItIsWrong_thenTheProblemNamesTheField() {
    try (var running = Running.in(folder, room)) {
      var browser = running.admin();
      var cases =
          Map.of(
              "{", "no JSON",
              "[]", "wrong value",
              "{\"colour\":\"RED\",\"other\":1}", "other is not known here",
              "{\"name\":\"x\"}", "colour is missing",
              "{\"colour\":\"BLUE\"}", "colour has a wrong value",
              "{\"colour\":\"RED\",\"number\":\"many\"}", "number has a wrong value",
              "{\"colour\":\"RED\",\"parts\":[{\"text\":{}}]}", "parts.[0].text has a wrong value",
              "{\"colour\":\"RED\"} {}", "The body is");
      cases.forEach((sent, expected) -> {
        var answer =
            browser.send("PUT", "/api/v1/things/x", sent, "Content-Type", "application/json");
        assertThat(answer.statusCode()).as(sent).isEqualTo(400);
        assertThat(answer.headers().firstValue("Content-Type"))
            .hasValue("application/problem+json");
        assertThat(json(answer).get("detail").asText())
            .as(sent)
            .contains(expected)
            .doesNotContain("io.mosquittoha");
      });
    }
  }

  @Test
  void body_whenFieldsAreLeftOut_thenTheyAreEmptyAndNeverNull() {
    try (var running = Running.in(folder, room)) {
      var browser = running.admin();
      var expected =
          "{\"name\":\"\",\"number\":0,\"flag\":false,\"many\":[],\"perhaps\":null,"
              + "\"colour\":\"RED\",\"parts\":[]}";

      var byJson =
          browser.send(
              "PUT",
              "/api/v1/things/x",
              "{\"colour\":\"RED\"}",
              "Content-Type",
              "application/json");
      var byForm = browser.send("PUT", "/api/v1/things/x", "colour=RED&number=&perhaps=&other=1");

      assertThat(json(byJson).get("sent")).hasToString(expected);
      assertThat(json(byForm).get("sent")).hasToString(expected);
    }
  }

  @Test
  void form_whenItHasListsAndBoxes_thenTheyBecomeListsAndFlags() {
    try (var running = Running.in(folder, room)) {
      var answer =
          running
              .admin()
              .send(
                  "PUT", "/api/v1/things/x", "colour=RED&many=a&many=b&flag=on&number=3&perhaps=p");

      assertThat(json(answer).get("sent"))
          .hasToString(
              "{\"name\":\"\",\"number\":3,\"flag\":true,\"many\":[\"a\",\"b\"],\"perhaps\":\"p\","
                  + "\"colour\":\"RED\",\"parts\":[]}");
    }
  }

  @Test
  void path_whenAParameterHasSlashesAndOtherSigns_thenItArrivesAsItIs() {
    try (var running = Running.in(folder, room)) {
      var answer =
          running.admin().send("PUT", "/api/v1/things/a%2Fb%3B..%25%20%C3%BC", "colour=RED");

      assertThat(json(answer).get("id").asText()).isEqualTo("a/b;..% ü");
    }
  }

  @Test
  void body_whenTooLong_thenIsRefused() {
    try (var running = Running.in(folder, room)) {
      var answer =
          running.admin().send("PUT", "/api/v1/things/x", "colour=RED&name=" + "x".repeat(1 << 20));

      assertThat(answer.statusCode()).isEqualTo(413);
    }
  }

  @Test
  void asset_whenItsNameLeadsElsewhere_thenThereIsNone() throws Exception {
    try (var running = Running.in(folder)) {
      for (var path :
          List.of(
              "/assets/..%2fsimplelogger.properties",
              "/assets/%2e%2e/simplelogger.properties",
              "/assets/x/..%2f..%2fsimplelogger.properties",
              "/assets/../simplelogger.properties",
              "/assets//etc/passwd",
              "/assets/center.class")) {
        try (var socket = new Socket("127.0.0.1", running.server().port())) {
          socket
              .getOutputStream()
              .write(
                  "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                      .formatted(path)
                      .getBytes(StandardCharsets.US_ASCII));
          var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          assertThat(answer).as(path).matches("(?s)HTTP/1.1 (404|400) .*");
        }
      }
    }
  }

  @Test
  void fault_whenTheApplicationHasOne_thenSaysNothingOfItsInside() {
    try (var running = Running.in(folder, room)) {
      var answer = running.admin().get("/api/v1/fault");

      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(answer.body()).doesNotContain("secret detail").doesNotContain("Exception");
    }
  }
}
