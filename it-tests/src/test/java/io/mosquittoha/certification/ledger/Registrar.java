package io.mosquittoha.certification.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.certification.mqtt.Conversation;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Line;
import io.mosquittoha.certification.mqtt.Login;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * An administrator who makes accounts and removes them again, all the time. Whatever was
 * acknowledged has to be so afterwards.
 */
final class Registrar extends Regular {

  private static final String COMMANDS = "$CONTROL/dynamic-security/v1";
  private static final String ANSWERS = COMMANDS + "/response";

  /** Passwords are hashed slowly, on purpose. */
  private static final Duration PACE = Duration.ofMillis(300);

  private static final int MOST_ACCOUNTS = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Command(boolean creates, String user) {

    String text() {
      var command =
          JSON.createObjectNode()
              .put("command", creates ? "createClient" : "deleteClient")
              .put("username", user);
      if (creates) {
        command.put("password", password(user));
        command.putArray("roles").addObject().put("rolename", "client");
      }
      return wrapped(command);
    }
  }

  private final Dial user;
  private final String prefix;
  private final Deque<String> accounts = new ArrayDeque<>();
  private Optional<Command> pending = Optional.empty();
  private boolean repeated;
  private int last;
  private volatile String lastDeleted = "";
  private volatile boolean paused;
  private volatile boolean idle;
  private volatile int acknowledged;

  /**
   * @param admin an administrator's call
   * @param user a call whose account does not matter
   */
  Registrar(Dial admin, Dial user, String prefix, Ledger ledger) {
    super(admin, ledger);
    this.user = user;
    this.prefix = prefix;
  }

  int acknowledged() {
    return acknowledged;
  }

  void pause() {
    idle = false;
    paused = true;
  }

  void proceed() {
    paused = false;
  }

  boolean isIdle() {
    return paused && idle;
  }

  @Override
  void live(Line line) throws IOException {
    var talk = new Conversation(line, PATIENCE);
    talk.subscribe(ANSWERS, 1);
    while (isWanted()) {
      if (paused && pending.isEmpty()) {
        idle = true;
        talk.ping();
      } else {
        var command = pending.orElseGet(this::following);
        pending = Optional.of(command);
        var answer = ask(talk, command.text());
        judge(command, answer.path("error").asText(""));
        pending = Optional.empty();
        repeated = false;
      }
      LockSupport.parkNanos(PACE.toNanos());
    }
  }

  private Command following() {
    return accounts.size() < MOST_ACCOUNTS
        ? new Command(true, prefix + ++last)
        : new Command(false, accounts.getFirst());
  }

  private void judge(Command command, String error) {
    // Once it was asked for on a connection that broke, it may be done already.
    var done = command.creates() ? "Client already exists" : "Client not found";
    if (!error.isEmpty() && !(repeated && error.equalsIgnoreCase(done))) {
      ledger().complain("%s was answered: %s", command, error);
    }
    if (command.creates()) {
      accounts.addLast(command.user());
    } else {
      accounts.removeFirst();
      lastDeleted = command.user();
    }
    acknowledged++;
  }

  @Override
  void disconnected() {
    repeated = pending.isPresent();
  }

  /** While it is idle: all accounts that were made are there, and no others. */
  void judge() {
    try (var talk = Conversation.with(dial().withFreshId())) {
      talk.subscribe(ANSWERS, 1);
      var listed = new TreeSet<String>();
      ask(talk, wrapped(JSON.createObjectNode().put("command", "listClients")))
          .path("data")
          .path("clients")
          .forEach(name -> listed.add(name.asText()));
      listed.removeIf(name -> !name.startsWith(prefix));
      if (!listed.equals(Set.copyOf(accounts))) {
        ledger().complain("accounts should be %s, and are %s", accounts, listed);
      }
      talk.leave();
    } catch (IOException e) {
      ledger().complain("the administrator could not list accounts: %s", e);
    }
    if (!accounts.isEmpty()) {
      login(accounts.getLast(), true);
    }
    if (!lastDeleted.isEmpty()) {
      login(lastDeleted, false);
    }
  }

  private void login(String name, boolean expected) {
    try (var line = Line.open(user.withFreshId().withLogin(new Login(name, password(name))))) {
      line.leave();
      if (!expected) {
        ledger().complain("%s was let in, although the account was deleted", name);
      }
    } catch (Line.Refused e) {
      if (expected || !e.isOfLogin()) {
        ledger().complain("%s was not let in: %s", name, e.getMessage());
      }
    } catch (IOException e) {
      ledger().complain("%s could not connect: %s", name, e);
    }
  }

  private static String password(String user) {
    return "password of " + user;
  }

  private static String wrapped(JsonNode command) {
    var root = JSON.createObjectNode();
    root.putArray("commands").add(command);
    return root.toString();
  }

  /** The answer to the one command. */
  private static JsonNode ask(Conversation talk, String commands) throws IOException {
    talk.forget();
    talk.publish(COMMANDS, commands);
    var message = talk.await("the answer", answer -> answer.topic().equals(ANSWERS));
    try {
      return JSON.readTree(message.text()).path("responses").path(0);
    } catch (JsonProcessingException e) {
      throw new IOException("the answer is no JSON: " + message.text(), e);
    }
  }
}
