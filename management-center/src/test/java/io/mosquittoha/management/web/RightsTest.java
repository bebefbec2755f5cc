package io.mosquittoha.management.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.SoftAssertions.assertSoftly;

import io.mosquittoha.management.Center;
import io.mosquittoha.management.store.SqliteStore;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Walks all routes of all rooms of the whole application for each role. */
class RightsTest {

  private static final List<String> SETTINGS =
      List.of(
          "members=mosquitto-0=127.0.0.1:1:1",
          "brokers=1",
          "oidc.issuer=http://127.0.0.1:1",
          "oidc.clientId=center");

  @TempDir Path folder;

  private record Asked(Route route, Role role, int status, String where) {
    boolean refused() {
      return status == 401
          || status == 403
          || (status == 303 && (where.equals("/login") || where.startsWith("/login?next=")));
    }

    @Override
    public String toString() {
      return "%s %s for %s, which needs %s: %d %s"
          .formatted(route.method().name(), route.path(), role, route.least(), status, where);
    }
  }

  @Test
  void route_whenAskedWithEachRole_thenAnswersExactlyThoseWhoMay() throws Exception {
    var settings = Running.settings(folder, SETTINGS);
    var tokens = tokens(settings.data());
    try (var center = Center.start(settings);
        var client = HttpClient.newHttpClient();
        var threads = Executors.newFixedThreadPool(8)) {
      var root = "http://127.0.0.1:" + center.server().port();
      var routes = center.server().routes();
      var calls = new java.util.ArrayList<Callable<Asked>>();
      for (var route : routes) {
        for (var role : Role.values()) {
          calls.add(() -> ask(client, root, route, role, tokens.getOrDefault(role, "")));
        }
      }
      var answers = new java.util.ArrayList<Asked>();
      for (var answer : threads.invokeAll(calls)) {
        answers.add(answer.get());
      }

      assertThat(routes).hasSizeGreaterThan(30);
      assertSoftly(softly -> {
        for (var asked : answers) {
          softly
              .assertThat(asked.refused())
              .as(asked.toString())
              .isEqualTo(!asked.role().includes(asked.route().least()));
        }
      });
    }
  }

  @Test
  void route_whenItChangesSomething_thenNeedsMoreThanAViewer() {
    try (var center = Center.start(Running.settings(folder, SETTINGS))) {
      assertThat(center.server().routes())
          .filteredOn(route -> !route.method().name().equals("GET"))
          .filteredOn(route -> !route.path().startsWith("/api/v1/session"))
          .allSatisfy(route ->
              assertThat(route.least().includes(Role.EDITOR) || asksOnly(route))
                  .as("%s %s", route.method().name(), route.path())
                  .isTrue());
    }
  }

  /** What changes nothing but what the asker sees, or is a question too long for an address. */
  private static boolean asksOnly(Route route) {
    return route.path().matches("/api/v1/topics/(open|system|look|watch)|.*/(test|preview|check)");
  }

  /** Tokens: with sessions, walking would log itself out on its way. */
  private static Map<Role, String> tokens(Path data) {
    var tokens = new EnumMap<Role, String>(Role.class);
    try (var store = SqliteStore.open(data)) {
      var maker = new Tokens(store, InstantSource.system());
      for (var role : List.of(Role.VIEWER, Role.EDITOR, Role.ADMIN)) {
        tokens.put(role, maker.create("walk-" + role, role, "test", 1));
      }
    }
    return tokens;
  }

  private static Asked ask(HttpClient client, String root, Route route, Role role, String token)
      throws Exception {
    var path = route.path().replaceAll("[{<][^}>]+[}>]", "no-such-thing");
    // What is sent is no JSON: whoever may gets that far, and nothing is done.
    var request =
        HttpRequest.newBuilder(URI.create(root + path))
            // Whoever may not is told at once; others may wait for brokers that are not there.
            .timeout(Duration.ofSeconds(role.includes(route.least()) ? 2 : 60))
            .header("Content-Type", "application/json")
            .method(
                route.method().name(),
                route.method().name().equals("GET")
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString("{"));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      // Only the head is waited for: streams never end.
      var answer = client.send(request.build(), BodyHandlers.ofInputStream());
      answer.body().close();
      return new Asked(
          route, role, answer.statusCode(), answer.headers().firstValue("Location").orElse(""));
    } catch (HttpTimeoutException e) {
      // It is busy with what was asked: it was let in.
      return new Asked(route, role, 0, "no answer");
    }
  }
}
