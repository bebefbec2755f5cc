package io.mosquittoha.management.mqtt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Questions and answers with one broker by its control interfaces: one message at a time. Connects
 * when there is something to ask, and again when the connection broke.
 */
final class Channel implements AutoCloseable {

  /** There is no answer, and there will be none. */
  static final class LostException extends Exception {
    private static final long serialVersionUID = 1;
    private final boolean sent;

    LostException(String message, boolean sent) {
      super(message, null, false, false);
      this.sent = sent;
    }

    /** Whether the broker may have got the question. */
    boolean sent() {
      return sent;
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> ANSWERS =
      List.of("$CONTROL/dynamic-security/v1/response", "$CONTROL/broker/v1/response");

  private final InetSocketAddress address;
  private final Account account;
  private final ReentrantLock turn = new ReentrantLock(true);
  private volatile @Nullable Connection connection;
  private volatile @Nullable Question question;
  private volatile boolean closed;
  private long asked;

  /** What is waited for. */
  private record Question(
      Connection asked, String topic, String mark, CompletableFuture<JsonNode> answer) {}

  Channel(InetSocketAddress address, Account account) {
    this.address = address;
    this.account = account;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param topic of the control interface
   * @return a response for each command, in order
   * @throws Problem 503 if there is no connection: nothing was sent
   */
  List<ObjectNode> ask(String topic, List<ObjectNode> commands, Duration patience)
      throws LostException {
    try {
      if (!turn.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new LostException("the broker does not answer what it was asked before", false);
      }
      try {
        return askInTurn(topic, commands, patience);
      } finally {
        question = null;
        turn.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LostException("this application is being stopped", true);
    }
  }

  private List<ObjectNode> askInTurn(String topic, List<ObjectNode> commands, Duration patience)
      throws LostException, InterruptedException {
    var mark = Long.toString(++asked);
    var message = Message.of(topic, payload(commands, mark), 1, false);
    var answer = new CompletableFuture<JsonNode>();
    var open = connected();
    question = new Question(open, topic + "/response", mark, answer);
    try {
      var reason = open.publish(message);
      if (reason.refused()) {
        throw new Problem(
            502,
            "The broker refused it: %s. The account '%s' needs the right to publish to %s."
                .formatted(reason, account.name(), topic));
      }
      return responses(answer.get(patience.toMillis(), TimeUnit.MILLISECONDS), commands.size());
    } catch (Connection.BrokenException e) {
      drop();
      throw new LostException(e.getMessage(), e.sent());
    } catch (TimeoutException e) {
      drop();
      throw new LostException(
          "the broker did not answer within %.0f s".formatted(patience.toMillis() / 1e3), true);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Problem problem) {
        throw problem;
      }
      drop();
      throw new LostException(String.valueOf(e.getCause().getMessage()), true);
    }
  }

  private static byte[] payload(List<ObjectNode> commands, String mark) {
    var marked = JSON.createArrayNode();
    for (var index = 0; index < commands.size(); index++) {
      marked.add(commands.get(index).deepCopy().put("correlationData", mark + "-" + index));
    }
    try {
      return JSON.writeValueAsBytes(JSON.createObjectNode().set("commands", marked));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Connection connected() throws InterruptedException, LostException {
    var now = connection;
    if (now != null && now.open()) {
      return now;
    }
    if (closed) {
      throw new LostException("this broker does not serve any more", false);
    }
    var itself = new AtomicReference<@Nullable Connection>();
    var made =
        account.connect(
            address,
            "control",
            this::heard,
            why -> {
              var waiting = question;
              // It may end after the next one was made, whose questions are none of its business.
              if (waiting != null && waiting.asked() == itself.get()) {
                giveUp(why);
              }
            });
    itself.set(made);
    try {
      var reasons =
          made.subscribe(
              ANSWERS.stream()
                  .map(topic -> new Connection.Subscription(topic, 1, Connection.Replay.NONE))
                  .toList());
      if (reasons.getFirst().refused()) {
        made.close();
        throw new Problem(
            502,
            "The broker refused it: %s. The account '%s' needs the right to subscribe to %s."
                .formatted(reasons.getFirst(), account.name(), ANSWERS.getFirst()));
      }
    } catch (Connection.BrokenException e) {
      made.close();
      throw new LostException(e.getMessage(), false);
    }
    connection = made;
    if (closed) {
      drop();
    }
    return made;
  }

  private void heard(Message message) {
    var waiting = question;
    if (waiting == null || !waiting.topic().equals(message.topic())) {
      return;
    }
    try {
      var body = JSON.readTree(message.payload());
      if (body.hasNonNull("error")) {
        waiting
            .answer()
            .completeExceptionally(
                new Problem(
                    501,
                    "The broker says '%s' of %s: it is not switched on in its configuration."
                        .formatted(body.get("error").asText(), topicOf(message))));
      } else if (body.path("responses")
          .path(0)
          .path("correlationData")
          .asText()
          .equals(waiting.mark() + "-0")) {
        waiting.answer().complete(body.get("responses"));
      }
    } catch (IOException e) {
      waiting.answer().completeExceptionally(new IOException("the broker's answer is no JSON", e));
    }
  }

  private static String topicOf(Message answer) {
    return answer.topic().substring(0, answer.topic().lastIndexOf('/'));
  }

  private static List<ObjectNode> responses(JsonNode responses, int wanted) throws LostException {
    var all = new ArrayList<ObjectNode>();
    for (var response : responses) {
      if (response instanceof ObjectNode object) {
        all.add(object);
      }
    }
    if (all.size() != wanted) {
      throw new LostException(
          "the broker answered %d of %d commands".formatted(all.size(), wanted), true);
    }
    return all;
  }

  private void giveUp(String why) {
    var waiting = question;
    if (waiting != null) {
      waiting.answer().completeExceptionally(new IOException(why));
    }
  }

  private void drop() {
    var now = connection;
    connection = null;
    if (now != null) {
      now.close();
    }
  }

  /** Whoever waits is told that there will be no answer. */
  @Override
  public void close() {
    closed = true;
    drop();
    giveUp("this broker does not serve any more");
  }
}
