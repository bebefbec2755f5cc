package io.mosquittoha.management.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The server with rooms of a test, on a port that was free, and its clock. */
final class Running implements AutoCloseable {

  static final String FIRST = "the-first-password";
  static final String CHOSEN = "my-own-password-1";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final List<String> lines;
  private final Room[] rooms;
  private volatile Duration ahead = Duration.ZERO;
  private boolean chosen;
  private Store store;
  private Web web;
  private Server server;

  private Running(Path folder, List<String> lines, Room... rooms) {
    this.folder = folder;
    this.lines = lines;
    this.rooms = rooms;
    begin();
  }

  static Running in(Path folder, Room... rooms) {
    return new Running(folder, List.of(), rooms);
  }

  static Running with(Path folder, List<String> lines, Room... rooms) {
    return new Running(folder, lines, rooms);
  }

  static Settings settings(Path folder, List<String> lines) {
    try {
      var first = folder.resolve("first");
      if (!Files.exists(first)) {
        Files.writeString(first, FIRST);
      }
      var file = folder.resolve("center.properties");
      Files.writeString(
          file,
          "port=0\nrelease=demo\ndata=%s\nfirstPasswordFile=%s\n%s\n"
              .formatted(folder.resolve("data"), first, String.join("\n", lines)));
      return Settings.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Settings.WrongException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void begin() {
    var settings = settings(folder, lines);
    store = SqliteStore.open(settings.data());
    InstantSource clock = () -> Instant.now().plus(ahead);
    web = new Web(settings, store, clock);
    server = web.start(List.of(rooms));
  }

  /** Stops and starts it again on what is on the disk. */
  void restart() {
    close();
    begin();
  }

  /** The Secret has another first password; it counts after a restart. */
  void changeFirst(String password) throws IOException {
    Files.writeString(folder.resolve("first"), password);
  }

  void pass(Duration time) {
    ahead = ahead.plus(time);
  }

  Store store() {
    return store;
  }

  Web web() {
    return web;
  }

  Server server() {
    return server;
  }

  String root() {
    return "http://127.0.0.1:" + server.port();
  }

  Browser browser() {
    return new Browser();
  }

  /** A browser in which admin has logged in, and chosen a password. */
  Browser admin() {
    var browser = browser();
    if (chosen) {
      browser.logIn("admin", CHOSEN);
    } else {
      chosen = true;
      browser.logIn("admin", FIRST);
      browser.send(
          "PUT",
          "/api/v1/session/password",
          form("current", FIRST, "password", CHOSEN, "again", CHOSEN));
    }
    return browser;
  }

  /** A browser in which a new user of that role has logged in. */
  Browser as(Role role) {
    var name = role.name().toLowerCase(java.util.Locale.ROOT) + "-1";
    admin()
        .send("POST", "/api/v1/users", form("name", name, "role", role.name(), "password", FIRST));
    var browser = browser();
    browser.logIn(name, FIRST);
    browser.send("PUT", "/api/v1/session/password", form("current", FIRST, "password", CHOSEN));
    return browser;
  }

  /** An API token of that role. */
  String token(Role role) {
    var name = "token-" + role.name().toLowerCase(java.util.Locale.ROOT);
    var answer =
        admin()
            .send("POST", "/api/v1/tokens", form("name", name, "role", role.name(), "days", "1"));
    return json(answer).get("token").asText();
  }

  static JsonNode json(HttpResponse<String> answer) {
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String form(String... namesAndValues) {
    return java.util.stream.IntStream.range(0, namesAndValues.length / 2)
        .mapToObj(i ->
            namesAndValues[2 * i]
                + "="
                + URLEncoder.encode(namesAndValues[2 * i + 1], StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  @Override
  public void close() {
    server.close();
    web.close();
    store.close();
  }

  /** Keeps the session's cookie, and says what pages of the session say. */
  final class Browser {

    private final HttpClient client = HttpClient.newBuilder().build();
    private Optional<String> cookie = Optional.empty();

    HttpResponse<String> logIn(String name, String password) {
      var answer = send("POST", "/api/v1/session", form("name", name, "password", password));
      answer.headers().allValues("Set-Cookie").stream()
          .map(value -> value.split(";")[0])
          .filter(value -> value.startsWith("center-demo="))
          .findFirst()
          .ifPresent(value -> cookie = Optional.of(value));
      return answer;
    }

    String cookie() {
      return cookie.orElse("");
    }

    void takeCookie(String value) {
      cookie = Optional.of(value);
    }

    String csrf() {
      return cookie.map(value -> Access.csrf(value.split("=", 2)[1])).orElse("");
    }

    HttpResponse<String> get(String path, String... headers) {
      return send("GET", path, "", headers);
    }

    HttpResponse<String> page(String path) {
      return get(path, "Accept", "text/html");
    }

    /** As a page of the session would. */
    HttpResponse<String> send(String method, String path, String body, String... headers) {
      var all = new java.util.TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
      cookie.ifPresent(value -> {
        all.put("Cookie", value);
        all.put("X-CSRF-Token", csrf());
      });
      if (!body.isEmpty()) {
        all.put("Content-Type", "application/x-www-form-urlencoded");
      }
      for (var i = 0; i < headers.length; i += 2) {
        all.put(headers[i], headers[i + 1]);
      }
      return exchange(method, path, body, all);
    }

    HttpResponse<String> exchange(
        String method, String path, String body, Map<String, String> headers) {
      var request =
          HttpRequest.newBuilder(URI.create(root() + path))
              .timeout(Duration.ofSeconds(20))
              .method(
                  method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
      headers.entrySet().stream()
          .filter(header -> !header.getValue().isEmpty())
          .forEach(header -> request.header(header.getKey(), header.getValue()));
      try {
        return client.send(request.build(), BodyHandlers.ofString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
