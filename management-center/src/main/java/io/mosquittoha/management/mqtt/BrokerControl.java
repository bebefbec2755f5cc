package io.mosquittoha.management.mqtt;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Cluster.Broker;
import io.mosquittoha.management.web.Problem;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Control of the brokers over MQTT. What only reads goes in one message and is asked again, also of
 * the next leader, until an answer comes or time is up. Changes go one by one, each when the one
 * before it is confirmed, and never a second time: if the connection breaks in between, the caller
 * is told that it is unknown whether the change was made.
 */
public final class BrokerControl implements Control, AutoCloseable {

  private static final String DYNAMIC_SECURITY = "$CONTROL/dynamic-security/v1";
  private static final String BROKER = "$CONTROL/broker/v1";
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Addresses addresses;
  private final Account account;
  private final boolean allServe;
  private final LongAdder failures;
  private final Map<InetSocketAddress, Channel> channels = new HashMap<>();

  /** That of a cluster. */
  public BrokerControl(Cluster cluster, Account account, boolean allServe, LongAdder failures) {
    this(Addresses.of(cluster), account, allServe, failures);
  }

  /**
   * Connects to nobody before it has something to say.
   *
   * @param allServe whether changes go to each broker that serves (autoscaling), not just to the
   *     one
   * @param failures counts what brokers refused, or did not answer
   */
  public BrokerControl(Addresses addresses, Account account, boolean allServe, LongAdder failures) {
    this.addresses = addresses;
    this.account = account;
    this.allServe = allServe;
    this.failures = failures;
    // A leader that froze keeps its connections: whoever waits for it has to be told.
    addresses.onChange(() -> Thread.startVirtualThread(this::forgetThoseThatDoNotServe));
  }

  @Override
  public List<ObjectNode> send(List<ObjectNode> commands) {
    return counted(() -> commands.isEmpty() ? List.of() : answered(commands));
  }

  private <T> T counted(Supplier<T> work) {
    try {
      return work.get();
    } catch (ControlException | Problem e) {
      failures.increment();
      throw e;
    }
  }

  private List<ObjectNode> answered(List<ObjectNode> commands) {
    if (commands.stream().allMatch(BrokerControl::reads)) {
      return ask(addresses::serving, DYNAMIC_SECURITY, commands, PATIENCE);
    }
    if (!allServe) {
      return change(serving(), commands, "");
    }
    var brokers = addresses.brokers();
    if (brokers.isEmpty()) {
      throw nobody();
    }
    var answers = List.<ObjectNode>of();
    var done = new ArrayList<String>();
    for (var broker : brokers) {
      try {
        var its = change(broker.mqtt(), commands, broker.name());
        answers = answers.isEmpty() ? its : answers;
        done.add(broker.name());
      } catch (ControlException | Problem e) {
        if (done.isEmpty()) {
          throw e;
        }
        throw new Problem(
            502,
            "%s made the change, %s did not: %s Their security differs now; make the change again, or restore it, when all can be reached."
                .formatted(String.join(", ", done), broker.name(), sentence(e.getMessage())));
      }
    }
    return answers;
  }

  @Override
  public ObjectNode broker(String name, ObjectNode command) {
    return counted(() ->
        ask(
                () ->
                    addresses.brokers().stream()
                        .filter(broker -> broker.name().equals(name))
                        .map(Broker::mqtt)
                        .findFirst(),
                BROKER,
                List.of(command),
                PATIENCE)
            .getFirst());
  }

  @Override
  public Control within(Duration patience) {
    return new Control() {
      @Override
      public List<ObjectNode> send(List<ObjectNode> commands) {
        return !commands.isEmpty() && commands.stream().allMatch(BrokerControl::reads)
            ? counted(() -> ask(addresses::serving, DYNAMIC_SECURITY, commands, patience))
            : BrokerControl.this.send(commands);
      }

      @Override
      public ObjectNode broker(String name, ObjectNode command) {
        return BrokerControl.this.broker(name, command);
      }
    };
  }

  /** Closes what it has open. */
  @Override
  public void close() {
    synchronized (channels) {
      channels.values().forEach(Channel::close);
      channels.clear();
    }
  }

  private List<ObjectNode> ask(
      Supplier<Optional<InetSocketAddress>> whom,
      String topic,
      List<ObjectNode> commands,
      Duration patience) {
    var end = System.nanoTime() + patience.toNanos();
    var last = new Problem(503, "No broker serves at present. Look at the cluster's page.");
    while (true) {
      var address = whom.get();
      if (address.isPresent()) {
        try {
          var left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
          return answers(channel(address.get()).ask(topic, commands, left), 0);
        } catch (Channel.LostException e) {
          last = new Problem(503, sentence(e.getMessage()));
        } catch (Problem e) {
          if (e.status() != 503) {
            throw e;
          }
          last = e;
        }
      }
      if (System.nanoTime() >= end - PAUSE.toNanos()) {
        throw last;
      }
      pause();
    }
  }

  private List<ObjectNode> change(
      InetSocketAddress address, List<ObjectNode> commands, String broker) {
    var answers = new ArrayList<ObjectNode>();
    for (var index = 0; index < commands.size(); index++) {
      var command = commands.get(index);
      try {
        answers.addAll(
            answers(
                channel(broker.isEmpty() && index > 0 ? serving() : address)
                    .ask(DYNAMIC_SECURITY, List.of(command), PATIENCE),
                index));
      } catch (Channel.LostException e) {
        throw new Problem(503, said(commands, index, e));
      } catch (Problem e) {
        throw index == 0
            ? e
            : new Problem(
                e.status(),
                "%s Of %d changes the first %d were made, the others were not."
                    .formatted(sentence(e.getMessage()), commands.size(), index));
      }
    }
    return List.copyOf(answers);
  }

  private static String said(List<ObjectNode> commands, int index, Channel.LostException lost) {
    var name = commands.get(index).path("command").asText();
    var before =
        commands.size() == 1
            ? ""
            : " Of %d changes the first %d were made, those after it were not."
                .formatted(commands.size(), index);
    return lost.sent()
        ? "It is not known whether %s was done: %s Look at how things are before you try again.%s"
            .formatted(name, sentence(lost.getMessage()), before)
        : "%s was not done: %s Try again.%s".formatted(name, sentence(lost.getMessage()), before);
  }

  private static List<ObjectNode> answers(List<ObjectNode> responses, int first) {
    var answers = new ArrayList<ObjectNode>();
    for (var index = 0; index < responses.size(); index++) {
      var response = responses.get(index);
      if (response.hasNonNull("error")) {
        throw new ControlException(first + index, response.get("error").asText());
      }
      answers.add(response.get("data") instanceof ObjectNode data ? data : response.objectNode());
    }
    return List.copyOf(answers);
  }

  private static boolean reads(ObjectNode command) {
    var name = command.path("command").asText().toLowerCase(Locale.ROOT);
    return name.startsWith("get") || name.startsWith("list");
  }

  /** Who serves; waits while nobody does, as during a failover. */
  private InetSocketAddress serving() {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var address = addresses.serving();
      if (address.isPresent()) {
        return address.get();
      }
      if (System.nanoTime() >= end) {
        throw nobody();
      }
      pause();
    }
  }

  private Channel channel(InetSocketAddress address) {
    synchronized (channels) {
      return channels.computeIfAbsent(address, its -> new Channel(its, account));
    }
  }

  private void forgetThoseThatDoNotServe() {
    var serve = new HashSet<InetSocketAddress>();
    addresses.serving().ifPresent(serve::add);
    serve.addAll(addresses.brokers().stream().map(Broker::mqtt).collect(Collectors.toSet()));
    synchronized (channels) {
      channels
          .entrySet()
          .removeIf(entry -> {
            var gone = !serve.contains(entry.getKey());
            if (gone) {
              entry.getValue().close();
            }
            return gone;
          });
    }
  }

  private static Problem nobody() {
    return new Problem(
        503,
        "No broker serves at present, so nothing was changed. Look at the cluster's page, and try"
            + " again.");
  }

  private static String sentence(String words) {
    return words.endsWith(".")
        ? words
        : Character.toUpperCase(words.charAt(0)) + words.substring(1) + ".";
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "This application is being stopped.");
    }
  }
}
