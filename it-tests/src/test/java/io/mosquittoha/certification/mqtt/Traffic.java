package io.mosquittoha.certification.mqtt;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that never gives up: it publishes to itself with QoS 1, message after message, and when
 * its connection breaks it dials the same address again every 50 ms. What it lived through can be
 * asked while it runs.
 */
public final class Traffic implements AutoCloseable {

  private static final Duration RETRY = Duration.ofMillis(50);
  private static final Duration PACE = Duration.ofMillis(10);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private record Acknowledgement(long at, int connection) {}

  /**
   * A time in which the client was not served.
   *
   * @param untilAcknowledged from the last acknowledgement before to the first one after
   */
  public record Outage(Duration untilAcknowledged) {}

  private final Dial dial;
  private final String topic;
  private final List<Acknowledgement> acknowledgements = new ArrayList<>();
  private final Thread thread;
  private volatile boolean stopped;
  private volatile long echoes;
  private volatile int connections;
  private volatile int failures;
  private volatile String lastFailure = "none";

  private Traffic(Dial dial) {
    this.dial = dial;
    topic = "certification/traffic/" + dial.clientId();
    thread = Thread.ofPlatform().name("traffic " + dial.clientId()).daemon().start(this::run);
  }

  /** Starts, and returns when the first message has come back. */
  public static Traffic start(Dial dial) {
    var traffic = new Traffic(dial);
    try {
      await("traffic through " + dial.address())
          .atMost(Duration.ofSeconds(60))
          .until(() -> traffic.echoes > 0);
    } catch (RuntimeException e) {
      traffic.close();
      throw new IllegalStateException("no traffic; last failure: " + traffic.lastFailure, e);
    }
    return traffic;
  }

  public String clientId() {
    return dial.clientId();
  }

  /** How many connections there were so far: 1 as long as nothing broke. */
  public int connections() {
    return connections;
  }

  /** How many messages the broker acknowledged so far. */
  public int acknowledged() {
    synchronized (acknowledgements) {
      return acknowledgements.size();
    }
  }

  /** {@link System#nanoTime()} of the last acknowledgement. */
  public long lastAcknowledged() {
    synchronized (acknowledgements) {
      return acknowledgements.getLast().at();
    }
  }

  /** {@link System#nanoTime()} of the first acknowledgement on a connection after this one. */
  public OptionalLong firstAfter(int connection) {
    synchronized (acknowledgements) {
      return acknowledgements.stream()
          .filter(one -> one.connection() > connection)
          .mapToLong(Acknowledgement::at)
          .findFirst();
    }
  }

  /** How many attempts to connect or to publish failed so far. */
  public int failures() {
    return failures;
  }

  /** The longest time between two acknowledgements so far. */
  public Duration longestGap() {
    synchronized (acknowledgements) {
      var longest = 0L;
      for (var i = 1; i < acknowledgements.size(); i++) {
        longest =
            Math.max(longest, acknowledgements.get(i).at() - acknowledgements.get(i - 1).at());
      }
      return Duration.ofNanos(longest);
    }
  }

  /**
   * Does something that must break this client's connection, and waits until it is served again:
   * connected anew, acknowledged, and its message come back to it.
   */
  public Outage suffer(Runnable blow) {
    var before = connections;
    blow.run();
    await("the client to be served again after its connection number " + before)
        .atMost(Duration.ofSeconds(150))
        .until(() -> firstOf(before).isPresent());
    var echoed = echoes;
    await("a message to come back").atMost(Duration.ofSeconds(30)).until(() -> echoes > echoed);
    return new Outage(firstOf(before).orElseThrow());
  }

  /** Waits until the broker acknowledges once more, on whatever connection. */
  public void expectProgress() {
    var seen = acknowledged();
    await("traffic to go on; last failure: " + lastFailure)
        .atMost(Duration.ofSeconds(60))
        .until(() -> acknowledged() > seen);
  }

  private Optional<Duration> firstOf(int connectionBefore) {
    synchronized (acknowledgements) {
      for (var i = 1; i < acknowledgements.size(); i++) {
        if (acknowledgements.get(i).connection() > connectionBefore) {
          return Optional.of(
              Duration.ofNanos(acknowledgements.get(i).at() - acknowledgements.get(i - 1).at()));
        }
      }
      return Optional.empty();
    }
  }

  private void run() {
    while (!stopped) {
      try (var line = Conversation.with(dial.withPatience(PATIENCE))) {
        connections++;
        line.subscribe(topic, 1);
        while (!stopped) {
          line.publish(topic, "message " + acknowledged());
          synchronized (acknowledgements) {
            acknowledgements.add(new Acknowledgement(System.nanoTime(), connections));
          }
          echoes += line.count();
          line.forget();
          LockSupport.parkNanos(PACE.toNanos());
        }
      } catch (IOException e) {
        failures++;
        lastFailure = e.toString();
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
