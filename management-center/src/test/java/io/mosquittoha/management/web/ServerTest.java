package io.mosquittoha.management.web;

import static io.mosquittoha.management.web.Running.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.management.Center;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTest {

  @TempDir Path folder;

  @Test
  void asset_whenItsAddressHasTheHash_thenBrowsersKeepItForGood_andItIsSmall() {
    try (var running = Running.in(folder)) {
      var browser = running.browser();
      var plain = browser.get("/assets/htmx.js");
      var hashed = browser.get(Assets.address("htmx.js"), "Accept-Encoding", "gzip");

      assertThat(plain.body()).contains("htmx");
      assertThat(plain.headers().firstValue("Cache-Control")).hasValue("no-cache");
      assertThat(hashed.headers().firstValue("Cache-Control").orElse("")).contains("immutable");
      assertThat(hashed.headers().firstValue("Content-Encoding")).hasValue("gzip");
      var tag = plain.headers().firstValue("ETag").orElseThrow();
      assertThat(browser.get("/assets/htmx.js", "If-None-Match", tag).statusCode()).isEqualTo(304);
    }
  }

  @Test
  void base_whenThereIsOne_thenAllAddressesBeginWithIt_andProbesNeedItNot() {
    try (var running = Running.with(folder, List.of("base=/mqtt/center"))) {
      var nobody = running.browser();

      assertThat(nobody.page("/mqtt/center/audit").headers().firstValue("Location"))
          .hasValue("/mqtt/center/login?next=%2Fmqtt%2Fcenter%2Faudit");
      var login = nobody.page("/mqtt/center/login").body();
      assertThat(login).contains("/mqtt/center/assets/").doesNotContain("\"/assets/");
      assertThat(nobody.page("/login").statusCode()).isEqualTo(404);
      assertThat(nobody.page("/").headers().firstValue("Location")).hasValue("/mqtt/center/");
      assertThat(nobody.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(nobody.get("/mqtt/center/readyz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void database_whenItIsGone_thenThePodIsNotReady_andLives() throws Exception {
    try (var running = Running.in(folder)) {
      Files.delete(folder.resolve("data/center.db"));

      var answer = running.browser().get("/readyz");

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("Check its volume");
      assertThat(running.browser().get("/healthz").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void database_whenItCannotBeRead_thenPagesSayWhatToCheck() {
    try (var running = Running.in(folder)) {
      var browser = running.admin();
      running.store().close();

      var page = browser.page("/audit");

      assertThat(page.statusCode()).isEqualTo(503);
      assertThat(page.headers().firstValue("Content-Type").orElse("")).contains("text/html");
      assertThat(page.body()).contains("database cannot be read").contains("Check that the volume");
    }
  }

  @Test
  void openApi_whenRead_thenHasAllRoutesOfAllRooms_withWhatTheyTake() {
    var lines = List.of("members=mosquitto-0=127.0.0.1:1:1", "brokers=1");
    try (var center = Center.start(Running.settings(folder, lines))) {
      var document =
          Server.mapper()
              .<com.fasterxml.jackson.databind.JsonNode>valueToTree(
                  OpenApi.of(center.server().routes(), "1", "", "center-demo"));

      for (var route : center.server().routes()) {
        if (route.kind() == Route.Kind.API) {
          var operation =
              document
                  .get("paths")
                  .path(route.path())
                  .path(route.method().name().toLowerCase(java.util.Locale.ROOT));
          assertThat(operation.path("summary").asText())
              .as("%s %s", route.method().name(), route.path())
              .isNotBlank();
          var responses = operation.path("responses");
          assertThat(
                  responses
                      .path("default")
                      .path("content")
                      .path("application/problem+json")
                      .path("schema")
                      .path("$ref")
                      .asText())
              .isEqualTo("#/components/schemas/Problem");
          assertThat(responses.path("200").toString().contains("#/components/schemas/Done"))
              .isEqualTo(route.reply().isEmpty());
          for (var name : route.parameters()) {
            assertThat(operation.path("parameters").toString()).contains("\"" + name + "\"");
          }
        }
      }
      var schemas = document.get("components").get("schemas");
      assertThat(document.toString())
          .satisfies(text ->
              assertThat(text.split("#/components/schemas/"))
                  .allSatisfy(part ->
                      assertThat(part.startsWith("{") || schemas.has(part.split("\"")[0]))
                          .isTrue()));
      assertThat(schemas.path("NewUser").path("properties").path("role").path("enum").toString())
          .contains("EDITOR");
      assertThat(schemas.path("Done").path("properties").has("message")).isTrue();
      assertThat(document.at("/components/securitySchemes/session/name").asText())
          .isEqualTo("center-demo");
      var ids = document.findValuesAsText("operationId");
      assertThat(ids).doesNotHaveDuplicates();
    }
  }

  @Test
  void openApi_whenRead_thenNamesTheCookieThatBrowsersGet() {
    try (var running = Running.in(folder)) {
      var browser = running.admin();

      var document = json(browser.get("/api/v1/openapi.json"));

      assertThat(browser.cookie())
          .startsWith(document.at("/components/securitySchemes/session/name").asText() + "=");
    }
  }

  @Test
  void routes_whenTwoAreTheSame_thenTheStartFails() {
    Room twice =
        routes -> {
          routes.page("/x/{a}", Role.VIEWER, visit -> {});
          routes.page("/x/{b}", Role.VIEWER, visit -> {});
        };

    assertThatThrownBy(() -> Running.in(folder, twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/x/{b} is there twice");
  }

  @Test
  void routes_whenAWordAndAParameterFit_thenTheWordIsMeant() {
    Room room =
        routes -> {
          routes.get(
              "/api/v1/x/{id}",
              Role.VIEWER,
              "One",
              Map.class,
              visit -> visit.json(Map.of("is", "one")));
          routes.get(
              "/api/v1/x/all",
              Role.VIEWER,
              "All",
              Map.class,
              visit -> visit.json(Map.of("is", "all")));
        };
    try (var running = Running.in(folder, room)) {
      assertThat(json(running.admin().get("/api/v1/x/all")).get("is").asText()).isEqualTo("all");
    }
  }

  @Test
  void events_whenSomethingChanges_thenAllWhoListenHear_andBurstsAreOne() throws Exception {
    try (var running = Running.in(folder)) {
      var browser = running.admin();
      try (var socket = new Socket("127.0.0.1", running.server().port())) {
        var heard = listen(socket, browser.cookie());
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("hello");

        for (var i = 0; i < 1_000; i++) {
          running.web().events().changed("cluster");
        }
        running.web().events().changed("clients");

        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("cluster");
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("clients");
        assertThat(running.web().streams()).isEqualTo(1);
      }
      // Who listened fails as its socket is closed, at about this time.
      await()
          .dontCatchUncaughtExceptions()
          .untilAsserted(() -> {
            running.web().events().changed("cluster");
            assertThat(running.web().streams()).isZero();
          });
    }
  }

  private static LinkedBlockingQueue<String> listen(Socket socket, String cookie) throws Exception {
    socket
        .getOutputStream()
        .write(
            "GET /events HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n"
                .formatted(cookie)
                .getBytes(StandardCharsets.US_ASCII));
    var heard = new LinkedBlockingQueue<String>();
    var reader = new BufferedReader(new InputStreamReader(socket.getInputStream()));
    Thread.ofVirtual()
        .start(() ->
            reader
                .lines()
                .filter(line -> line.startsWith("event: "))
                // Logging in is in the audit.
                .filter(line -> !line.equals("event: audit"))
                .forEach(line -> heard.add(line.substring(7))));
    return heard;
  }

  @Test
  void stream_whenItsReaderIsSlow_thenIsClosed_andHoldsNobodyUp() throws Exception {
    var opened = new LinkedBlockingQueue<EventStream>();
    var closed = new CountDownLatch(1);
    Room room =
        routes ->
            routes.stream(
                "/api/v1/flood",
                Role.VIEWER,
                "Flood",
                (visit, stream) -> {
                  stream.onClose(closed::countDown);
                  opened.add(stream);
                });
    try (var running = Running.in(folder, room);
        var socket = new Socket("127.0.0.1", running.server().port())) {
      socket
          .getOutputStream()
          .write(
              "GET /api/v1/flood HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n"
                  .formatted(running.admin().cookie())
                  .getBytes(StandardCharsets.US_ASCII));
      var stream = opened.poll(10, TimeUnit.SECONDS);
      assertThat(stream).isNotNull();

      // Nobody reads: buffers fill, then the queue; its owner hears of it at once.
      for (var i = 0; i < 5_000; i++) {
        stream.send("flood", "x".repeat(10_000));
      }

      assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
