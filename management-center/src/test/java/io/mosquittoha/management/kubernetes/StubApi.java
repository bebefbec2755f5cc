package io.mosquittoha.management.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** An API server that has what a test put there, and refuses what it was told to refuse. */
final class StubApi implements AutoCloseable {

  private final String host;
  private final String scheme;
  private final HttpServer server;
  final Map<String, String> objects = new ConcurrentHashMap<>();
  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<String> authorizations = new CopyOnWriteArrayList<>();
  final List<String> denied = new CopyOnWriteArrayList<>();
  final CountDownLatch followEnds = new CountDownLatch(1);

  /** In the clear. */
  StubApi() {
    this("127.0.0.1", Optional.empty());
  }

  StubApi(String host, Optional<SSLContext> tls) {
    this.host = host;
    scheme = tls.isPresent() ? "https" : "http";
    var address = new InetSocketAddress(host, 0);
    try {
      if (tls.isPresent()) {
        var encrypted = HttpsServer.create(address, 50);
        encrypted.setHttpsConfigurator(new HttpsConfigurator(tls.get()));
        server = encrypted;
      } else {
        server = HttpServer.create(address, 50);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String url() {
    return "%s://%s:%d"
        .formatted(
            scheme, host.contains(":") ? "[" + host + "]" : host, server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      var path = exchange.getRequestURI().getPath();
      var key = exchange.getRequestMethod() + " " + path;
      authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      requests.add(key + (body.isEmpty() ? "" : " " + body));
      if (denied.stream().anyMatch(key::startsWith)) {
        send(
            exchange,
            403,
            """
            {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403,
             "message":"pods is forbidden: User \\"system:serviceaccount:ns:center\\" cannot"}
            """);
      } else if (path.endsWith("/selfsubjectaccessreviews")) {
        var granted = denied.stream().noneMatch(rule -> rule.equals(reviewed(body)));
        send(
            exchange,
            201,
            """
            {"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1",
             "status":{"allowed":%s}}
            """
                .formatted(granted));
      } else if (path.endsWith("/log")
          && String.valueOf(exchange.getRequestURI().getQuery()).contains("follow=true")) {
        follow(exchange, objects.getOrDefault(key, ""));
      } else if (objects.containsKey(key)) {
        send(exchange, 200, objects.get(key));
      } else {
        send(
            exchange,
            404,
            """
            {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,
             "message":"not found"}
            """);
      }
    }
  }

  private static String reviewed(String body) {
    return "%s %s".formatted(between(body, "\"verb\":\""), between(body, "\"resource\":\""));
  }

  private static String between(String text, String from) {
    var start = text.indexOf(from) + from.length();
    return text.substring(start, text.indexOf('"', start));
  }

  private void follow(HttpExchange exchange, String text) throws IOException {
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
    exchange.getResponseBody().flush();
    try {
      followEnds.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange
        .getResponseHeaders()
        .set("Content-Type", body.startsWith("{") ? "application/json" : "text/plain");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    followEnds.countDown();
    server.stop(0);
  }
}
