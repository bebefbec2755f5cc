package io.mosquittoha.management.topics;

import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Addresses;
import io.mosquittoha.management.mqtt.Commands;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Payload;
import io.mosquittoha.management.mqtt.Publication;
import io.mosquittoha.management.mqtt.Reason;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The page of topics, and what can be done to one: look, watch, publish, clear what is kept. */
public final class TopicsRoom implements Room, AutoCloseable {

  private static final Duration LINGER = Duration.ofSeconds(10);

  private final Addresses addresses;
  private final Account account;
  private final Explorer explorer;

  /** Connects to nobody before somebody looks. */
  public TopicsRoom(Addresses addresses, Account account) {
    this(addresses, account, new Explorer(addresses, account, Explorer.Limits.USUAL, LINGER));
  }

  TopicsRoom(Addresses addresses, Account account, Explorer explorer) {
    this.addresses = addresses;
    this.account = account;
    this.explorer = explorer;
  }

  /** What a page has open. */
  record Opening(String view, String topic, boolean open) {}

  /** Whether a page shows {@code $SYS}. */
  record Showing(String view, boolean shown) {}

  /** Which topic a page watches; empty for none. */
  record Watching(String view, String topic) {}

  /** A topic's last message, for programmes. */
  record Value(
      String topic,
      String payload,
      String base64,
      int size,
      int qos,
      boolean retained,
      Message.Properties properties) {}

  @Override
  public void open(Routes routes) {
    routes.page(
        "/topics",
        Role.VIEWER,
        visit ->
            visit.render(
                "topics/page.jte",
                Map.of("view", UUID.randomUUID().toString(), "account", account.name())));
    routes.page(
        "/parts/topics/tree",
        Role.VIEWER,
        visit -> {
          var shown = explorer.show(visit.query("view"), visit.who().name(), visit.query("search"));
          visit.render("topics/tree.jte", Map.of("shown", shown, "search", visit.query("search")));
        });
    routes.page("/parts/topics/detail", Role.VIEWER, this::detail);
    routes.stream(
        "/api/v1/topics/stream",
        Role.VIEWER,
        "Listen to what changes in a view of topics: shape, values, watched.",
        (visit, stream) ->
            explorer.attach(
                visit.query("view"),
                visit.who().name(),
                List.copyOf(visit.context().queryParams("open")),
                stream));
    routes.get(
        "/api/v1/topics",
        Role.VIEWER,
        "List what is in a view of topics; the view is made if it is new, and goes when nobody asks"
            + " for it.",
        Shown.class,
        visit ->
            visit.json(
                explorer.show(visit.query("view"), visit.who().name(), visit.query("search"))));
    routes.get(
        "/api/v1/topics/values",
        Role.VIEWER,
        "List those topics of a view that changed since they were asked for last.",
        Row[].class,
        visit -> visit.json(explorer.changed(visit.query("view"), visit.who().name())));
    routes.get(
        "/api/v1/topics/value",
        Role.VIEWER,
        "Read a topic's retained message, or the next one that comes within the given seconds.",
        Value.class,
        visit -> visit.json(value(visit.query("topic"), seconds(visit.query("seconds")))));
    routes.post(
        "/api/v1/topics/open",
        Role.VIEWER,
        "Open or close a topic of a view, to show what is below.",
        visit -> {
          var body = visit.body(Opening.class);
          if (body.open()) {
            explorer.open(body.view(), visit.who().name(), body.topic());
          } else {
            explorer.close(body.view(), visit.who().name(), body.topic());
          }
          visit.json(Map.of());
        });
    routes.post(
        "/api/v1/topics/system",
        Role.VIEWER,
        "Show or hide $SYS in a view of topics.",
        visit -> {
          var body = visit.body(Showing.class);
          explorer.system(body.view(), visit.who().name(), body.shown());
          visit.json(Map.of());
        });
    routes.post(
        "/api/v1/topics/look",
        Role.VIEWER,
        "Look once more for what is below a topic of a view, or of all if it is empty.",
        visit -> {
          var body = visit.body(Watching.class);
          explorer.again(
              body.view(), visit.who().name(), body.topic().isEmpty() ? Tree.ROOT : body.topic());
          visit.json(Map.of());
        });
    routes.post(
        "/api/v1/topics/watch",
        Role.VIEWER,
        "Send each message of a topic to the view's stream; of none if it is empty.",
        visit -> {
          var body = visit.body(Watching.class);
          explorer.watch(
              body.view(),
              visit.who().name(),
              body.topic().isEmpty() ? Optional.empty() : Optional.of(body.topic()));
          visit.json(Map.of());
        });
    routes.post("/api/v1/publish", Role.EDITOR, "Publish a message.", this::publish);
    routes.delete(
        "/api/v1/retained",
        Role.EDITOR,
        "Clear the retained message of the topic in the query.",
        this::clear);
  }

  private void detail(Visit visit) {
    var topic = visit.query("topic");
    var parameters = new HashMap<String, Object>();
    parameters.put("topic", topic);
    parameters.put("as", visit.query("as"));
    parameters.put("account", account.name());
    parameters.put("detail", explorer.detail(visit.query("view"), visit.who().name(), topic));
    visit.render("topics/detail.jte", parameters);
  }

  private Value value(String topic, int seconds) throws InterruptedException {
    Commands.refuse(topic);
    var first = new CompletableFuture<Message>();
    try (var connection =
        account.connect(serving(), "value", first::complete, why -> first.cancel(false))) {
      var reason =
          connection
              .subscribe(List.of(new Connection.Subscription(topic, 0, Connection.Replay.FIRST)))
              .getFirst();
      if (reason.refused()) {
        throw refused(reason);
      }
      var message = first.get(seconds, TimeUnit.SECONDS);
      var payload = Payload.of(message.payload(), message.payload().length);
      return new Value(
          message.topic(),
          payload.kind() == Payload.Kind.BINARY ? "" : payload.text(),
          Base64.getEncoder().encodeToString(message.payload()),
          message.payload().length,
          message.qos(),
          message.retain(),
          message.properties());
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "topic: give the name of a topic.");
    } catch (TimeoutException | ExecutionException e) {
      throw new Problem(
          404,
          "Nothing was heard of this topic within %d s, and it has no retained message."
              .formatted(seconds));
    } catch (Connection.BrokenException e) {
      throw new Problem(503, "The broker can't be asked at present: %s.".formatted(e.getMessage()));
    }
  }

  private void publish(Visit visit) throws InterruptedException {
    var message = visit.body(Publication.class).message();
    try {
      send(message);
    } catch (Problem e) {
      visit.audit("message.publish", message.topic(), null, Map.of("failed", e.getMessage()));
      throw e;
    }
    visit.audit(
        "message.publish",
        message.topic(),
        null,
        Map.of("size", message.payload().length, "qos", message.qos(), "retain", message.retain()));
    visit.done("Published to %s.".formatted(Payload.visible(message.topic())));
  }

  private void clear(Visit visit) throws InterruptedException {
    var topic = visit.query("topic");
    var message = new Publication(topic, "", "", 1, true, "", "", "", 0, "").message();
    Map<String, Object> before = Map.of("retained", true);
    try {
      send(message);
    } catch (Problem e) {
      visit.audit("retained.clear", topic, before, Map.of("failed", e.getMessage()));
      throw e;
    }
    visit.audit("retained.clear", topic, before, null);
    visit.done("The retained message of %s is cleared.".formatted(Payload.visible(topic)));
  }

  private void send(Message message) throws InterruptedException {
    try (var connection = account.connect(serving(), "publish", ignored -> {}, why -> {})) {
      var reason = connection.publish(message);
      if (reason.refused()) {
        throw refused(reason);
      }
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The message is not valid: %s".formatted(e.getMessage()));
    } catch (Connection.BrokenException e) {
      throw new Problem(
          503,
          e.sent()
              ? "It is not known whether it was published: %s.".formatted(e.getMessage())
              : "It was not published: %s.".formatted(e.getMessage()));
    }
  }

  private Problem refused(Reason reason) {
    return new Problem(
        403, "The broker refused it to the account '%s': %s.".formatted(account.name(), reason));
  }

  private InetSocketAddress serving() {
    return addresses
        .serving()
        .orElseThrow(
            () -> new Problem(503, "No broker serves at present. Look at the cluster's page."));
  }

  private static int seconds(String text) {
    return text.matches("[1-9]|10") ? Integer.parseInt(text) : 2;
  }

  @Override
  public void close() {
    explorer.close();
  }
}
