package io.mosquittoha.management.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.mosquittoha.management.Center;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.store.SqliteStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executors;

/**
 * For looking at pages while developing: {@code OpenDoor FILE.properties PORT [ROLE]} starts the
 * application, and on another port a proxy behind which everybody is logged in. Only in the tests'
 * class path.
 */
public final class OpenDoor {

  private static final Set<String> LEFT_OUT =
      Set.of(
          "host",
          "connection",
          "content-length",
          "origin",
          "upgrade",
          "http2-settings",
          "expect",
          "cookie",
          "transfer-encoding");

  private final HttpClient client = HttpClient.newHttpClient();
  private final String root;
  private final String cookie;

  private OpenDoor(String root, String cookie) {
    this.root = root;
    this.cookie = cookie;
  }

  public static void main(String[] arguments) throws Exception {
    var settings = Settings.read(Path.of(arguments[0]));
    var role =
        arguments.length > 2 ? Role.valueOf(arguments[2].toUpperCase(Locale.ROOT)) : Role.ADMIN;
    String token;
    try (var store = SqliteStore.open(settings.data())) {
      token =
          new Sessions(store, InstantSource.system()).begin("developer", role, true, "here", "dev");
    }
    var center = Center.start(settings);
    var door =
        new OpenDoor(
            "http://127.0.0.1:" + center.server().port(),
            "center-" + settings.release() + "=" + token);
    var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[1])), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", door::pass);
    server.start();
    System.out.println("Everybody is a developer at http://127.0.0.1:" + arguments[1]);
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readAllBytes();
      var request =
          HttpRequest.newBuilder(URI.create(root + exchange.getRequestURI()))
              .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> {
            var key = name.toLowerCase(Locale.ROOT);
            if (!LEFT_OUT.contains(key) && !key.startsWith("sec-")) {
              values.forEach(value -> request.header(name, value));
            }
          });
      request.header("Cookie", cookie);
      var response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      response
          .headers()
          .map()
          .forEach((name, values) -> {
            if (!List.of("content-length", "transfer-encoding")
                .contains(name.toLowerCase(Locale.ROOT))) {
              exchange.getResponseHeaders().put(name, values);
            }
          });
      var empty = response.statusCode() == 204 || response.statusCode() == 304;
      exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : 0);
      if (!empty) {
        var in = response.body();
        var buffer = new byte[8192];
        for (var n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          exchange.getResponseBody().write(buffer, 0, n);
          exchange.getResponseBody().flush();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
