package io.mosquittoha.agent.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What is sent back. */
final class Answer {

  private final HttpExchange exchange;

  Answer(HttpExchange exchange) {
    this.exchange = exchange;
  }

  /** One line for people, and a status for those who check. */
  void line(boolean well, String why) throws IOException {
    send(well ? 200 : 503, "text/plain; charset=utf-8", bytes(why + "\n"));
  }

  void json(int status, JsonNode body) throws IOException {
    send(status, "application/json", bytes(body.toString()));
  }

  void problem(Problem problem) throws IOException {
    var json = JsonNodeFactory.instance.objectNode();
    json.put("type", "about:blank");
    json.put("title", problem.title());
    json.put("status", problem.status);
    json.put("detail", problem.detail());
    problem.headers.forEach(exchange.getResponseHeaders()::set);
    send(problem.status, "application/problem+json", bytes(json.toString()));
  }

  void send(int status, String type, byte[] body) throws IOException {
    if (exchange.getResponseCode() != -1) {
      throw new IOException("an answer was begun already");
    }
    head(type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  void nothing() throws IOException {
    exchange.sendResponseHeaders(204, -1);
  }

  /** What every answer says of itself. */
  void head(String type) {
    Map.of(
            "Content-Type", type,
            "Cache-Control", "no-store",
            "X-Content-Type-Options", "nosniff")
        .forEach(exchange.getResponseHeaders()::set);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
