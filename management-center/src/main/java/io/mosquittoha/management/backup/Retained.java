package io.mosquittoha.management.backup;

import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.web.Problem;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The retained messages of the broker that serves: read under a filter, and published. */
final class Retained {

  /** So much is held in memory while a backup is made or compared. */
  static final long MOST_BYTES = 8L << 20;

  static final int MOST_MESSAGES = 50_000;

  /** After so long without a message there is none to come. */
  private static final long QUIET_MILLIS = 400;

  private final Cluster cluster;
  private final Account account;

  Retained(Cluster cluster, Account account) {
    this.cluster = cluster;
    this.account = account;
  }

  /**
   * Those that the filter covers, by topic. The broker sends them for a subscription, once; the
   * connection ends as soon as they are more than is held here.
   *
   * @throws Problem 413 if they are too many, 403 if the account may not subscribe
   */
  Map<String, Message> read(String filter) {
    var messages = new LinkedBlockingQueue<Message>();
    var bytes = new AtomicLong();
    var full = MOST_BYTES + 1;
    try (var connection =
        account.connect(
            serving(),
            "backup",
            message -> {
              if (message.retain()
                  && bytes.addAndGet(message.payload().length + message.topic().length()) < full) {
                messages.add(message);
              }
            },
            words -> {})) {
      var answer =
          connection
              .subscribe(List.of(new Connection.Subscription(filter, 0, Connection.Replay.FIRST)))
              .getFirst();
      if (answer.refused()) {
        throw new Problem(
            403,
            "The account '%s' may not subscribe to '%s': %s. Give it a role that allows it."
                .formatted(account.name(), filter, answer));
      }
      return collect(connection, messages, bytes);
    } catch (IllegalArgumentException e) {
      throw new Problem(400, "'%s' is no filter to subscribe with.".formatted(filter));
    } catch (Connection.BrokenException e) {
      throw new Problem(
          503, "The broker could not be asked: %s. Try again.".formatted(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "This application is being stopped.");
    }
  }

  private static Map<String, Message> collect(
      Connection connection, LinkedBlockingQueue<Message> messages, AtomicLong bytes)
      throws InterruptedException {
    var all = new TreeMap<String, Message>();
    while (true) {
      if (bytes.get() > MOST_BYTES || all.size() > MOST_MESSAGES) {
        throw new Problem(
            413,
            "There are more retained messages than the %d MiB or %,d that one backup takes. Choose a narrower filter, and make several."
                .formatted(MOST_BYTES >> 20, MOST_MESSAGES));
      }
      var next = messages.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
      if (next != null) {
        all.put(next.topic(), next);
      } else if (connection.open()) {
        return all;
      } else {
        throw new Problem(503, "The connection broke while the messages came. Try again.");
      }
    }
  }

  /**
   * Publishes them to be retained; empty ones take away what is.
   *
   * @return how many
   * @throws Problem saying how many were published before it failed
   */
  int publish(List<Message> messages) {
    int done = 0;
    try (var connection = account.connect(serving(), "restore", message -> {}, words -> {})) {
      for (var message : messages) {
        var answer = connection.publish(message);
        if (answer.refused()) {
          throw new Problem(
              403,
              "The account '%s' may not publish to '%s': %s. Give it a role that allows it. %d of %d messages were restored."
                  .formatted(account.name(), message.topic(), answer, done, messages.size()));
        }
        done++;
      }
      return done;
    } catch (Connection.BrokenException e) {
      throw new Problem(
          503,
          "The connection broke: %s. %d of %d messages were restored; restore again, and the rest is."
              .formatted(e.getMessage(), done, messages.size()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "This application is being stopped.");
    }
  }

  private InetSocketAddress serving() {
    return cluster
        .serving()
        .orElseThrow(
            () -> new Problem(503, "No broker serves now. Look at the cluster, and try again."));
  }
}
