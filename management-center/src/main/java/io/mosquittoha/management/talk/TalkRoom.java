package io.mosquittoha.management.talk;

import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Addresses;
import io.mosquittoha.management.mqtt.Commands;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Login;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Payload;
import io.mosquittoha.management.mqtt.Publication;
import io.mosquittoha.management.web.EventStream;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The page for publishing and subscribing: a client for each page that is open, as the account
 * whose name and password were typed, or as this application's own. Passwords are used once and
 * kept nowhere. Clients are few, and end with their pages.
 */
public final class TalkRoom implements Room, AutoCloseable {

  private static final int MOST = 20;
  private static final int MOST_OF_ONE = 5;
  private static final Duration LINGER = Duration.ofSeconds(10);
  private static final Duration TICK = Duration.ofMillis(250);

  private final Addresses addresses;
  private final Account account;
  private final Map<String, Conversation> conversations = new HashMap<>();
  private boolean ticking;

  public TalkRoom(Addresses addresses, Account account) {
    this.addresses = addresses;
    this.account = account;
  }

  /**
   * As whom to connect.
   *
   * @param own as this application; otherwise by the name and the password that follow, or with
   *     neither, as nobody
   */
  record Connecting(
      String talk, boolean own, String username, String password, String clientId, int keepAlive) {

    @Override
    public String toString() {
      return "Connecting[" + username + "]";
    }
  }

  record Subscribing(String talk, String filter, int qos) {}

  record Ending(String talk) {}

  @Override
  public void open(Routes routes) {
    routes.page(
        "/talk",
        Role.VIEWER,
        visit ->
            visit.render(
                "talk/page.jte",
                Map.of("talk", UUID.randomUUID().toString(), "account", account.name())));
    routes.page(
        "/parts/talk",
        Role.EDITOR,
        visit ->
            visit.render(
                "talk/messages.jte", Map.of("talk", of(visit, visit.query("talk")).talk())));
    routes.stream(
        "/api/v1/talk/stream",
        Role.EDITOR,
        "Listen to whether something happened in a conversation; it ends a while after this"
            + " stream.",
        (visit, stream) -> attach(of(visit, visit.query("talk")), stream));
    routes.get(
        "/api/v1/talk",
        Role.EDITOR,
        "List a conversation's messages, the newest first; it is made if it is new.",
        Talk.class,
        visit -> visit.json(of(visit, visit.query("talk")).talk()));
    routes.post(
        "/api/v1/talk/connect", Role.EDITOR, "Connect to the broker that serves.", this::connect);
    routes.post(
        "/api/v1/talk/disconnect",
        Role.EDITOR,
        "End a conversation's connection.",
        visit -> {
          var its = of(visit, visit.body(Ending.class).talk());
          its.close();
          its.say(Entry.Kind.GOOD, "Disconnected.");
          visit.done("Disconnected.");
        });
    routes.post(
        "/api/v1/talk/clear",
        Role.EDITOR,
        "Forget a conversation's messages.",
        visit -> {
          of(visit, visit.body(Ending.class).talk()).clear();
          visit.json(Map.of());
        });
    routes.post("/api/v1/talk/subscribe", Role.EDITOR, "Subscribe to a filter.", this::subscribe);
    routes.post("/api/v1/talk/unsubscribe", Role.EDITOR, "End a subscription.", this::unsubscribe);
    routes.post(
        "/api/v1/talk/{talk}/publish",
        Role.EDITOR,
        "Publish a message in a conversation.",
        this::publish);
  }

  private void connect(Visit visit) throws InterruptedException {
    var body = visit.body(Connecting.class);
    var its = of(visit, body.talk());
    var address =
        addresses
            .serving()
            .orElseThrow(
                () -> new Problem(503, "No broker serves at present. Look at the cluster's page."));
    if (body.keepAlive() < 0 || body.keepAlive() > 65_535) {
      throw new Problem(400, "keepAlive: give 0 to 65535 seconds.");
    }
    var login =
        body.own()
            ? Optional.of(account.login())
            : body.username().isEmpty()
                ? Optional.<Login>empty()
                : Optional.of(new Login(body.username(), body.password()));
    var name = login.map(Login::name).orElse("nobody (anonymous)");
    its.close();
    try {
      var made =
          Connection.open(
              new Connection.Options(
                  Account.resolved(address),
                  body.clientId(),
                  login,
                  Duration.ofSeconds(body.keepAlive() == 0 ? 30 : body.keepAlive()),
                  Duration.ofSeconds(5),
                  Optional.empty()),
              its::came,
              its::ended);
      its.connected(made, name);
      visit.audit("talk.connect", name, null, Map.of("clientId", made.clientId()));
      visit.done("Connected as %s.".formatted(name));
    } catch (Connection.RefusedException e) {
      its.say(
          Entry.Kind.BAD,
          "Connecting as '%s' was refused: %s.".formatted(Payload.visible(name), e.reason()));
      visit.audit("talk.connect", name, null, Map.of("failed", e.reason().toString()));
      throw new Problem(403, "The broker refused: %s.".formatted(e.reason()));
    } catch (Connection.BrokenException e) {
      its.say(Entry.Kind.BAD, "The broker could not be reached: %s.".formatted(e.getMessage()));
      throw new Problem(503, "The broker could not be reached: %s.".formatted(e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The user name or the client id is not valid in MQTT.");
    }
  }

  private void subscribe(Visit visit) throws InterruptedException {
    var body = visit.body(Subscribing.class);
    var its = of(visit, body.talk());
    Commands.refuse(body.filter());
    if (its.full()) {
      throw new Problem(
          429,
          "%d subscriptions are as many as one page has. End some."
              .formatted(Conversation.MOST_FILTERS));
    }
    try {
      var reason =
          connection(its)
              .subscribe(
                  List.of(
                      new Connection.Subscription(
                          body.filter(), body.qos(), Connection.Replay.FIRST)))
              .getFirst();
      its.subscribed(body.filter(), body.qos(), reason);
      if (reason.refused()) {
        throw new Problem(403, "The broker refused: %s.".formatted(reason));
      }
      visit.done("Subscribed to %s.".formatted(Payload.visible(body.filter())));
    } catch (IllegalArgumentException e) {
      throw new Problem(
          400,
          "filter: it is not valid. + stands for one level, # for all that are left, and only at"
              + " the end.");
    } catch (Connection.BrokenException e) {
      throw broken(e);
    }
  }

  private void unsubscribe(Visit visit) throws InterruptedException {
    var body = visit.body(Subscribing.class);
    var its = of(visit, body.talk());
    try {
      its.unsubscribed(
          body.filter(), connection(its).unsubscribe(List.of(body.filter())).getFirst());
      visit.done("The subscription to %s ended.".formatted(Payload.visible(body.filter())));
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "filter: it is not valid.");
    } catch (Connection.BrokenException e) {
      throw broken(e);
    }
  }

  private void publish(Visit visit) throws InterruptedException {
    var its = of(visit, visit.path("talk"));
    Message message = visit.body(Publication.class).message();
    var as = its.talk().account();
    try {
      var reason = connection(its).publish(message);
      its.published(message, reason);
      visit.audit(
          "message.publish",
          message.topic(),
          null,
          Map.of(
              "as", as,
              "size", message.payload().length,
              "qos", message.qos(),
              "retain", message.retain(),
              "answer", reason.toString()));
      if (reason.refused()) {
        throw new Problem(403, "The broker refused: %s.".formatted(reason));
      }
      visit.done("Published to %s.".formatted(Payload.visible(message.topic())));
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "The message is not valid: %s".formatted(e.getMessage()));
    } catch (Connection.BrokenException e) {
      throw broken(e);
    }
  }

  private static Problem broken(Connection.BrokenException e) {
    return new Problem(503, "The connection broke: %s.".formatted(e.getMessage()));
  }

  private static Connection connection(Conversation its) {
    return its.connection()
        .orElseThrow(() -> new Problem(409, "There is no connection. Connect first."));
  }

  private Conversation of(Visit visit, String id) {
    if (!id.matches("[A-Za-z0-9-]{8,64}")) {
      throw new Problem(400, "talk: give 8 to 64 letters and digits of your choice.");
    }
    var person = visit.who().name();
    synchronized (conversations) {
      var known = conversations.get(id);
      if (known != null) {
        if (!known.person.equals(person)) {
          throw new Problem(404, "There is no such conversation.");
        }
        return known;
      }
      var theirs = conversations.values().stream().filter(c -> c.person.equals(person)).count();
      if (conversations.size() >= MOST || theirs >= MOST_OF_ONE) {
        throw new Problem(
            429,
            "Too many pages for publishing are open: %d of one user, %d in all. Close some."
                .formatted(MOST_OF_ONE, MOST));
      }
      var made = new Conversation(id, person);
      conversations.put(id, made);
      if (!ticking) {
        ticking = true;
        Thread.ofVirtual().name("talk").start(this::run);
      }
      return made;
    }
  }

  private static void attach(Conversation its, EventStream stream) {
    its.attach(stream);
    stream.onClose(() -> its.detach(stream));
  }

  private void run() {
    try {
      while (true) {
        List<Conversation> all;
        synchronized (conversations) {
          var now = System.nanoTime();
          conversations
              .values()
              .removeIf(its -> {
                var gone = its.left(now, LINGER.toNanos());
                if (gone) {
                  its.close();
                }
                return gone;
              });
          if (conversations.isEmpty()) {
            ticking = false;
            return;
          }
          all = List.copyOf(conversations.values());
        }
        all.forEach(Conversation::tell);
        Thread.sleep(TICK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    synchronized (conversations) {
      conversations.values().forEach(Conversation::close);
    }
  }
}
