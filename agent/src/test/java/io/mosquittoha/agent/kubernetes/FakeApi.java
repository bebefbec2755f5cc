package io.mosquittoha.agent.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** As much of an API server as a Lease needs. */
final class FakeApi implements AutoCloseable {

  static final String PATH = "/apis/coordination.k8s.io/v1/namespaces/ns/leases/view";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> requests = new ArrayList<>();
  private final List<String> authorizations = new ArrayList<>();
  private @Nullable ObjectNode lease;
  private long version = 100;
  private volatile int refusal;
  private volatile Duration delay = Duration.ZERO;
  private volatile boolean chunked;

  FakeApi(@Nullable SSLContext tls) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    if (tls == null) {
      server = HttpServer.create(address, 0);
    } else {
      var https = HttpsServer.create(address, 0);
      https.setHttpsConfigurator(new HttpsConfigurator(tls));
      server = https;
    }
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** What the chart makes. */
  synchronized FakeApi withEmptyLease() throws IOException {
    lease =
        (ObjectNode)
            JSON.readTree(
                """
                {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                 "metadata": {"name": "view", "namespace": "ns", "resourceVersion": "100",
                              "labels": {"app": "x"}, "annotations": {"helm": "y"}},
                 "spec": {}}
                """);
    return this;
  }

  FakeApi refusing(int status) {
    refusal = status;
    return this;
  }

  FakeApi delaying(Duration time) {
    delay = time;
    return this;
  }

  FakeApi chunked() {
    chunked = true;
    return this;
  }

  ApiServer client(String scheme, Optional<Path> token, Optional<Path> authority) {
    return client(scheme, token, authority, Duration.ofSeconds(5));
  }

  ApiServer client(
      String scheme, Optional<Path> token, Optional<Path> authority, Duration request) {
    return new ApiServer(
        URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort()),
        token,
        authority,
        Duration.ofSeconds(5),
        request);
  }

  synchronized JsonNode lease() {
    return Objects.requireNonNull(lease).deepCopy();
  }

  synchronized void annotate(String value) {
    ((ObjectNode) Objects.requireNonNull(lease).path("metadata").path("annotations"))
        .put(LeaseViewStore.ANNOTATION, value);
  }

  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  synchronized List<String> authorizations() {
    return List.copyOf(authorizations);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readAllBytes();
      synchronized (this) {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      }
      if (delay.isPositive()) {
        Thread.sleep(delay);
      }
      if (refusal > 0) {
        say(exchange, refusal, status(refusal));
        return;
      }
      synchronized (this) {
        var there = lease;
        if (there == null || !exchange.getRequestURI().getPath().equals(PATH)) {
          say(exchange, 404, status(404));
        } else if (exchange.getRequestMethod().equals("GET")) {
          say(exchange, 200, there);
        } else if (exchange.getRequestMethod().equals("PATCH")
            && "application/merge-patch+json"
                .equals(exchange.getRequestHeaders().getFirst("Content-Type"))) {
          patch(exchange, there, JSON.readTree(body));
        } else {
          say(exchange, 415, status(415));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void patch(HttpExchange exchange, ObjectNode there, JsonNode patch) throws IOException {
    var expected = patch.path("metadata").path("resourceVersion").asText();
    if (!expected.equals(there.path("metadata").path("resourceVersion").asText())) {
      say(exchange, 409, status(409));
      return;
    }
    merge(there, patch);
    ((ObjectNode) there.path("metadata")).put("resourceVersion", String.valueOf(++version));
    say(exchange, 200, there);
  }

  /** RFC 7396. */
  private static void merge(ObjectNode target, JsonNode patch) {
    for (var field : patch.properties()) {
      if (field.getValue().isNull()) {
        target.remove(field.getKey());
      } else if (field.getValue().isObject()) {
        var inner = target.path(field.getKey());
        merge(
            inner.isObject() ? (ObjectNode) inner : target.putObject(field.getKey()),
            field.getValue());
      } else {
        target.set(field.getKey(), field.getValue());
      }
    }
  }

  private static ObjectNode status(int code) {
    return JSON.createObjectNode().put("kind", "Status").put("code", code).put("message", "no!");
  }

  private void say(HttpExchange exchange, int status, JsonNode what) throws IOException {
    var bytes = what.toString().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, chunked ? 0 : bytes.length);
    for (var i = 0; i < bytes.length; i += 50) {
      exchange.getResponseBody().write(bytes, i, Math.min(50, bytes.length - i));
      if (chunked) {
        exchange.getResponseBody().flush();
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
