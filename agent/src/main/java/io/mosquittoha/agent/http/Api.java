package io.mosquittoha.agent.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import io.mosquittoha.agent.Agent.RefusedException;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Replica.Sight;
import io.mosquittoha.agent.state.ClientInfo;
import io.mosquittoha.agent.state.ClientQuery;
import io.mosquittoha.agent.state.ClientQuery.Order;
import io.mosquittoha.agent.state.ClientQuery.Presence;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** What can be asked of the agent, and what it can be told. */
final class Api implements AutoCloseable {

  private static final Logger LOG = System.getLogger(Api.class.getName());
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonFactory STREAMS = new JsonFactory();
  private static final String CLIENT = "/api/v1/clients/";

  private static final int LARGEST_BODY = 64 << 10;
  private static final int LARGEST_LIST = 10_000;
  private static final long MOVING_SECONDS = 10;
  private static final Duration STUCK = Duration.ofSeconds(60);

  private final Supervisor agent;
  private final Token token;
  private final EventStreams streams;
  private final Figures figures;
  private final Duration patience;

  /** Answers that take memory or time are made one at a time: the heap is the brokers' state's. */
  private final Semaphore heavy = new Semaphore(1, true);

  Api(Supervisor agent, Endpoints.Times times) {
    this.agent = agent;
    token = new Token(agent.settings().token());
    streams = new EventStreams(agent, times.heartbeat());
    patience = times.list();
    figures = new Figures(agent);
  }

  @Override
  public void close() {
    figures.close();
  }

  void handle(HttpExchange exchange, Answer answer) throws IOException, Problem {
    var path = exchange.getRequestURI().getRawPath();
    switch (path) {
      case "/leader" -> {
        expect(exchange, "GET");
        var serves = agent.serves();
        answer.line(serves, serves ? "this member serves clients" : whoLeads());
      }
      case "/healthz" -> {
        expect(exchange, "GET");
        health(answer);
      }
      case "/readyz" -> {
        expect(exchange, "GET");
        readiness(answer);
      }
      case "/metrics" -> {
        expect(exchange, "GET");
        answer.send(200, "text/plain; version=0.0.4; charset=utf-8", figures.text());
      }
      case "/api/v1/cluster" -> {
        expect(exchange, "GET");
        answer.json(200, Cluster.of(agent).json());
      }
      case "/api/v1/members" -> {
        expect(exchange, "GET");
        answer.json(
            200,
            JsonNodeFactory.instance.objectNode().set("members", Cluster.of(agent).membersJson()));
      }
      case "/api/v1/state" -> {
        expect(exchange, "GET");
        sight();
        heavily(() -> answer.json(200, state()));
      }
      case "/api/v1/clients" -> {
        expect(exchange, "GET");
        var query = Query.of(exchange.getRequestURI());
        var wanted = clientQuery(query);
        heavily(() -> answer.send(200, "application/json", clients(wanted)));
      }
      case "/api/v1/subscriptions" -> {
        expect(exchange, "GET");
        var query = Query.of(exchange.getRequestURI());
        var client = query.text("client");
        var limit = query.number("limit", LARGEST_LIST, LARGEST_LIST);
        heavily(() -> answer.send(200, "application/json", subscriptions(client, limit)));
      }
      case "/api/v1/events" -> {
        expect(exchange, "GET");
        events(exchange, answer);
      }
      case "/api/v1/leader" -> {
        expect(exchange, "POST");
        commanded(exchange, "move the leader", () -> moveLeader(exchange, answer));
      }
      default -> {
        if (!path.startsWith(CLIENT) || path.length() == CLIENT.length()) {
          throw new Problem(
              404, "There is nothing at this path. What there is stands in the manual.");
        }
        var client = decoded(path.substring(CLIENT.length()));
        if (exchange.getRequestMethod().matches("GET|HEAD")) {
          answer.send(200, "application/json", client(client));
          return;
        }
        expect(exchange, "DELETE", "GET, HEAD, DELETE");
        commanded(exchange, "disconnect a client", () -> kick(client, answer));
      }
    }
  }

  private static void expect(HttpExchange exchange, String method) throws Problem {
    expect(exchange, method, method.equals("GET") ? "GET, HEAD" : method);
  }

  private static void expect(HttpExchange exchange, String method, String allowed)
      throws Problem {
    var asked = exchange.getRequestMethod();
    if (!asked.equals(method) && !(asked.equals("HEAD") && method.equals("GET"))) {
      throw new Problem(
          405,
          "%s is not possible here, but %s is.".formatted(asked, method),
          Map.of("Allow", allowed));
    }
  }

  // Small things.

  private String whoLeads() {
    var sight = agent.sight();
    if (sight.map(Sight::leading).orElse(false)) {
      return "this member leads and does not serve yet";
    }
    return sight
        .flatMap(Sight::leader)
        .map(leader -> leader.name() + " leads")
        .orElse("nobody leads");
  }

  /**
   * Broken is an agent that does not do its chores, or does not come to look at its replica: then
   * this does not answer either, which is as good.
   */
  private void health(Answer answer) throws IOException {
    var idle = agent.idle();
    if (agent.sight().isPresent() && idle.compareTo(STUCK) > 0) {
      answer.line(false, "the agent has done nothing for %d seconds".formatted(idle.toSeconds()));
    } else {
      answer.line(true, "the agent works");
    }
  }

  private void readiness(Answer answer) throws IOException {
    var ready = agent.ready();
    var why =
        ready
            ? "this member can be counted on"
            : switch (agent.broker()) {
              case DOWN, STARTING -> "the broker is being started";
              case STANDBY, RESTORING, SERVING -> "this member was not in sync yet, or is leaving";
            };
    answer.line(ready, why);
  }

  private Sight sight() throws Problem {
    return agent
        .sight()
        .orElseThrow(() -> new Problem(503, "The agent is starting.", Map.of("Retry-After", "1")));
  }

  // What takes memory.

  private interface Work {
    void run() throws IOException, Problem;
  }

  private void heavily(Work work) throws IOException, Problem {
    try {
      if (!heavy.tryAcquire(10, TimeUnit.SECONDS)) {
        throw new Problem(
            503,
            "Others ask for so much that there was no turn within ten seconds.",
            Map.of("Retry-After", "5"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "The agent is stopping.");
    }
    var worker = Thread.currentThread();
    var watch = Thread.ofVirtual().start(() -> interrupt(worker));
    try {
      work.run();
    } finally {
      watch.interrupt();
      heavy.release();
    }
  }

  /** Somebody who does not read what was asked for would keep all others waiting. */
  private void interrupt(Thread worker) {
    try {
      Thread.sleep(patience);
      worker.interrupt(); // Closes the connection.
    } catch (InterruptedException e) {
      // It was done in time.
    }
  }

  private ObjectNode state() {
    var hash = agent.stateHash();
    var counts = agent.state().counts();
    var json = JsonNodeFactory.instance.objectNode();
    json.put("position", hash.position());
    json.put("hash", hash.hash());
    json.putObject("counts")
        .put("messages", counts.messages())
        .put("retained", counts.retained())
        .put("clients", counts.clients())
        .put("connected", counts.connected())
        .put("subscriptions", counts.subscriptions())
        .put("queued", counts.queued())
        .put("wills", counts.wills());
    json.put("bytes", counts.bytes());
    return json;
  }

  private static ClientQuery clientQuery(Query query) throws Problem {
    var connected = query.flag("connected");
    var away = query.flag("away");
    var sort = query.text("sort").orElse("");
    var descending = sort.startsWith("-");
    return new ClientQuery(
        query.text("search").orElse(""),
        connected == away ? Presence.ANY : connected ? Presence.CONNECTED : Presence.AWAY,
        order(descending ? sort.substring(1) : sort),
        descending,
        query.number("offset", 0, Integer.MAX_VALUE),
        query.number("limit", 100, LARGEST_LIST));
  }

  private static Order order(String name) throws Problem {
    if (name.isEmpty()) {
      return Order.ARRIVAL;
    }
    for (var order : Order.values()) {
      if (order.name().toLowerCase(Locale.ROOT).equals(name)) {
        return order;
      }
    }
    throw new Problem(
        400,
        "sort=%s is not possible, but these are, also with - in front: %s."
            .formatted(
                name,
                Arrays.stream(Order.values())
                    .map(it -> it.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "))));
  }

  private byte[] client(String id) throws IOException, Problem {
    var client =
        agent
            .state()
            .client(id)
            .orElseThrow(
                () -> new Problem(404, "No client or session has the id " + id + "."));
    var buffer = new ByteArrayOutputStream();
    try (var json = STREAMS.createGenerator(buffer)) {
      write(json, client);
    }
    return buffer.toByteArray();
  }

  private byte[] clients(ClientQuery query) throws IOException {
    var asOf = agent.sight().map(Sight::committed).orElse(0L);
    var found = agent.state().clients(query);
    var buffer = new ByteArrayOutputStream();
    try (var json = STREAMS.createGenerator(buffer)) {
      json.writeStartObject();
      json.writeNumberField("asOf", asOf);
      json.writeArrayFieldStart("clients");
      for (var client : found.clients()) {
        write(json, client);
      }
      json.writeEndArray();
      json.writeNumberField("total", found.total());
      json.writeBooleanField("more", query.offset() + found.clients().size() < found.total());
      json.writeEndObject();
    }
    return buffer.toByteArray();
  }

  private static void write(JsonGenerator json, ClientInfo client) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", client.id());
    json.writeStringField("username", client.username());
    json.writeStringField("address", client.address());
    json.writeBooleanField("connected", client.connected());
    json.writeNumberField("protocol", client.protocol());
    json.writeBooleanField("cleanStart", client.cleanStart());
    json.writeStringField("since", client.since().map(Instant::toString).orElse(null));
    json.writeNumberField("subscriptions", client.subscriptions());
    json.writeNumberField("queued", client.queued());
    json.writeEndObject();
  }

  private byte[] subscriptions(Optional<String> client, int limit) throws IOException {
    var asOf = agent.sight().map(Sight::committed).orElse(0L);
    var found = agent.state().subscriptions(client, limit);
    var buffer = new ByteArrayOutputStream();
    try (var json = STREAMS.createGenerator(buffer)) {
      json.writeStartObject();
      json.writeNumberField("asOf", asOf);
      json.writeArrayFieldStart("subscriptions");
      for (var subscription : found) {
        json.writeStartObject();
        json.writeStringField("client", subscription.client());
        json.writeStringField("filter", subscription.filter());
        json.writeNumberField("qos", subscription.qos());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeBooleanField("more", found.size() == limit);
      json.writeEndObject();
    }
    return buffer.toByteArray();
  }

  // What happened.

  private void events(HttpExchange exchange, Answer answer) throws IOException, Problem {
    var query = Query.of(exchange.getRequestURI());
    var since = query.time("since");
    var limit = query.number("limit", 1_000, LARGEST_LIST);
    var accepts = exchange.getRequestHeaders().getOrDefault("Accept", List.of());
    if (accepts.stream().anyMatch(it -> it.contains(EventStreams.TYPE))) {
      var last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
      streams.run(exchange, answer, EventStreams.timeOf(last).or(() -> since));
      return;
    }
    var found = new ArrayList<JsonNode>();
    for (var occurrence : agent.state().occurrences()) {
      if (EventStreams.isAfter(occurrence, since)) {
        found.add(JSON.readTree(occurrence));
      }
    }
    var json = JsonNodeFactory.instance.objectNode();
    json.putArray("events").addAll(found.subList(Math.max(0, found.size() - limit), found.size()));
    answer.json(200, json);
  }

  // What it is told to do.

  private void commanded(HttpExchange exchange, String what, Work work)
      throws IOException, Problem {
    var who = exchange.getRemoteAddress().getAddress().getHostAddress();
    var about = exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath();
    try {
      token.expect(Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")));
      work.run();
      LOG.log(Level.INFO, "{0} had the agent {1} ({2})", who, what, about);
    } catch (Problem problem) {
      LOG.log(
          Level.WARNING,
          "{0} wanted to {1} ({2}): {3} {4}",
          who,
          what,
          about,
          problem.status,
          problem.detail());
      throw problem;
    }
  }

  /** Only the leader can do what is asked. */
  private void expectLeading() throws Problem {
    var sight = sight();
    if (!sight.leading()) {
      throw new Problem(
          409,
          sight
              .leader()
              .map(leader -> "%s leads: ask it, at %s.".formatted(leader.name(), address(leader)))
              .orElse("Nobody leads now: ask again in some seconds."));
    }
  }

  private String address(Member member) {
    var settings = agent.settings();
    var host =
        settings.service().isEmpty() ? member.name() : member.name() + "." + settings.service();
    return "http://" + host + ":" + settings.httpPort();
  }

  private void moveLeader(HttpExchange exchange, Answer answer) throws IOException, Problem {
    var target = target(body(exchange));
    expectLeading();
    try {
      agent.moveLeader(target).get(MOVING_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedException refused) {
        throw new Problem(409, refused.getMessage() + ".");
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new Problem(
          503,
          "Nobody has taken over within %d seconds; /api/v1/cluster says how things stand."
              .formatted(MOVING_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "The agent is stopping.");
    }
    var json = JsonNodeFactory.instance.objectNode();
    json.put("leader", agent.sight().flatMap(Sight::leader).map(Member::name).orElse(null));
    answer.json(202, json);
  }

  private static byte[] body(HttpExchange exchange) throws IOException, Problem {
    var body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
    if (body.length > LARGEST_BODY) {
      throw new Problem(413, "The body is larger than 64 KiB.", Map.of("Connection", "close"));
    }
    return body;
  }

  private static Optional<String> target(byte[] body) throws IOException, Problem {
    if (new String(body, StandardCharsets.UTF_8).isBlank()) {
      return Optional.empty();
    }
    var expected = "Send {\"member\":\"NAME\"}, or {} for the best one.";
    try {
      var json = JSON.readTree(body);
      var member = json.path("member");
      if (!json.isObject()
          || json.size() > (member.isMissingNode() ? 0 : 1)
          || !member.isMissingNode() && !member.isTextual() && !member.isNull()) {
        throw new Problem(400, "That is not what can be asked for. " + expected);
      }
      return member.isTextual() ? Optional.of(member.textValue()) : Optional.empty();
    } catch (JsonProcessingException e) {
      throw new Problem(400, "The body is no JSON. " + expected);
    }
  }

  private void kick(String client, Answer answer) throws IOException, Problem {
    expectLeading();
    if (agent.state().client(client).filter(ClientInfo::connected).isEmpty()) {
      throw new Problem(404, "No client is connected whose id is " + client + ".");
    }
    if (!agent.kick(client)) {
      throw new Problem(
          503, "The broker does not serve now: ask again.", Map.of("Retry-After", "1"));
    }
    answer.nothing();
  }

  private static String decoded(String text) throws Problem {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The path has a broken %-escape.");
    }
  }
}
