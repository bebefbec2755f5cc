package io.mosquittoha.management.cluster;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers like an agent, with what it was told to answer. */
final class StubAgent implements AutoCloseable {

  /** An answer. */
  record Answer(int status, String body) {}

  /** A request that was made. */
  record Request(String method, String path, String authorization, String body) {}

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<OutputStream> streams = new CopyOnWriteArrayList<>();
  private final List<String> occurrences = new CopyOnWriteArrayList<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();
  private final int port;
  private volatile HttpServer server;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile CountDownLatch connections = new CountDownLatch(1);

  StubAgent() {
    server = serve(0);
    port = server.getAddress().getPort();
    answer("/metrics", 200, figures(0, 0, 0));
  }

  private HttpServer serve(int at) {
    try {
      var created =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 64);
      created.setExecutor(threads);
      created.createContext("/", this::handle);
      created.start();
      return created;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  StubAgent answer(String path, int status, String body) {
    answers.put(path, new Answer(status, body));
    return this;
  }

  static String figures(int connected, long bytes, long limit) {
    return """
    # TYPE mosquitto_ha_state_records gauge
    mosquitto_ha_state_records{kind="connections"} %d.0
    mosquitto_ha_state_records{kind="sessions"} 7.0
    mosquitto_ha_connections{route="held"} 0.0
    mosquitto_ha_state_bytes %d.0
    mosquitto_ha_state_limit_bytes %d.0
    mosquitto_ha_restore_refused_records 0.0
    """
        .formatted(connected, bytes, limit);
  }

  /** Accepts requests, and does not answer them until {@link #resume}. */
  void freeze() {
    gate = new CountDownLatch(1);
  }

  void resume() {
    gate.countDown();
  }

  /** Told to all who listen, and to those who come later. */
  void occur(String occurrence) {
    occurrences.add(occurrence);
    for (var stream : streams) {
      try {
        write(stream, "data: " + occurrence + "\n\n");
      } catch (IOException e) {
        streams.remove(stream);
      }
    }
  }

  /** Ends the streams of events, as a network does. */
  void drop() {
    for (var stream : streams) {
      try {
        stream.close();
      } catch (IOException e) {
        // Gone already.
      }
    }
    streams.clear();
    connections.countDown();
    connections = new CountDownLatch(1);
  }

  int listeners() {
    return streams.size();
  }

  /** Ends as a process does that is killed. */
  void kill() {
    drop();
    server.stop(0);
  }

  void start() {
    server = serve(port);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      var path = exchange.getRequestURI().getPath();
      var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      requests.add(
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
              body));
      gate.await();
      if (path.equals("/api/v1/events")) {
        stream(exchange);
        return;
      }
      var answer = answers.getOrDefault(path, new Answer(404, "{\"detail\":\"nothing here\"}"));
      var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stream(HttpExchange exchange) throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    var out = exchange.getResponseBody();
    write(out, "retry: 1000\n\n");
    for (var occurrence : occurrences) {
      write(out, "data: " + occurrence + "\n\n");
    }
    var end = connections;
    streams.add(out);
    end.await();
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public void close() {
    gate.countDown();
    connections.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
