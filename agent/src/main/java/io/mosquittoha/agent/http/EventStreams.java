package io.mosquittoha.agent.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Those who are told what happens as it happens (server-sent events). */
final class EventStreams {

  private static final Logger LOG = System.getLogger(EventStreams.class.getName());
  private static final JsonMapper JSON = new JsonMapper();
  static final String TYPE = "text/event-stream";
  private static final int MOST = 64;
  private static final int WAITING = 256;

  private final Supervisor agent;
  private final Duration heartbeat;
  private final Semaphore places = new Semaphore(MOST);

  EventStreams(Supervisor agent, Duration heartbeat) {
    this.agent = agent;
    this.heartbeat = heartbeat;
  }

  /** Tells until whoever listens goes, or is too slow. */
  void run(HttpExchange exchange, Answer answer, Optional<Instant> since)
      throws IOException, Problem {
    if (exchange.getRequestMethod().equals("HEAD")) {
      answer.head(TYPE);
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    var thread = Thread.currentThread();
    if (!places.tryAcquire()) {
      throw new Problem(
          503,
          MOST + " listen already; that is as many as there may be.",
          Map.of("Retry-After", "10"));
    }
    var queue = new ArrayBlockingQueue<String>(WAITING);
    var following =
        agent.follow(occurrence -> {
          if (!queue.offer(occurrence)) {
            thread.interrupt(); // Ends its writing too: that is where a slow one stands.
          }
        });
    try {
      answer.head(TYPE);
      exchange.sendResponseHeaders(200, 0);
      var out = exchange.getResponseBody();
      write(out, "retry: 1000\n\n");
      for (var occurrence : following.known()) {
        if (isAfter(occurrence, since)) {
          write(out, event(occurrence));
        }
      }
      out.flush();
      live(queue, out);
    } finally {
      following.end().run();
      places.release();
    }
  }

  private void live(BlockingQueue<String> queue, OutputStream out) throws IOException {
    try {
      while (true) {
        var occurrence = queue.poll(heartbeat.toMillis(), TimeUnit.MILLISECONDS);
        write(out, occurrence == null ? ":\n\n" : event(occurrence));
        out.flush();
      }
    } catch (InterruptedException e) {
      LOG.log(Level.DEBUG, "somebody who listens to events was too slow, or the agent stops");
      throw new IOException("interrupted", e);
    }
  }

  private static String event(String occurrence) {
    return "id: %s\ndata: %s\n\n"
        .formatted(
            time(occurrence).map(Instant::toString).orElse(""), occurrence.replace('\n', ' '));
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  static boolean isAfter(String occurrence, Optional<Instant> since) {
    return since.isEmpty() || time(occurrence).map(it -> it.isAfter(since.get())).orElse(true);
  }

  private static Optional<Instant> time(String occurrence) {
    try {
      return timeOf(JSON.readTree(occurrence).path("time").asText());
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** The time that an event's id is. */
  static Optional<Instant> timeOf(@Nullable String id) {
    try {
      return Optional.ofNullable(id).map(Instant::parse);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
