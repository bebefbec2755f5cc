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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The retained messages of the broker that serves: read under a filter, and published. */
final class Retained {

  /**
   * So much is held in memory while a backup is made, and twice of it while one is compared, beside
   * the file: with the default heap it is less than with a larger one.
   */
  static final long MOST_BYTES = Math.min(8L << 20, Runtime.getRuntime().maxMemory() / 16);

  /** What a message takes beside its topic and payload, about. */
  private static final int EACH = 256;

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
    try (var connection =
        account.connect(
            serving(),
            "backup",
            message -> {
              if (message.retain() && bytes.addAndGet(weight(message)) <= MOST_BYTES) {
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
      return collect(connection, filter, messages, bytes);
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
      Connection connection, String filter, LinkedBlockingQueue<Message> messages, AtomicLong bytes)
      throws InterruptedException, Connection.BrokenException {
    var all = new TreeMap<String, Message>();
    boolean last = false;
    while (true) {
      if (bytes.get() > MOST_BYTES) {
        throw tooMany();
      }
      var next = last ? messages.poll() : messages.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
      if (next != null) {
        all.put(next.topic(), next);
      } else if (last) {
        return all;
      } else {
        // A busy broker may just be slow: what it says after the last message, it says after all.
        connection.unsubscribe(List.of(filter));
        last = true;
      }
    }
  }

  static Problem tooMany() {
    return new Problem(
        413,
        "There are more retained messages than the %d MiB that one backup takes. Choose a narrower filter, and make several; with a managementCenter.heap of 128m or more, one takes 8 MiB."
            .formatted(MOST_BYTES >> 20));
  }

  /** Bytes that it counts for. */
  static long weight(Message message) {
    return EACH + message.topic().length() + message.payload().length;
  }

  /**
   * Publishes them to be retained; empty ones take away what is.
   *
   * @param done counts those that the broker has
   * @throws Problem saying how many were published before it failed
   */
  void publish(List<Message> messages, AtomicInteger done) {
    try (var connection = account.connect(serving(), "restore", message -> {}, words -> {})) {
      for (var message : messages) {
        var answer = connection.publish(message);
        if (answer.refused()) {
          throw new Problem(
              403,
              "The account '%s' may not publish to '%s': %s. Give it a role that allows it. %d of %d messages were restored."
                  .formatted(account.name(), message.topic(), answer, done.get(), messages.size()));
        }
        done.incrementAndGet();
      }
    } catch (Connection.BrokenException e) {
      throw new Problem(
          503,
          "The connection broke: %s. %d of %d messages were restored; restore again, and the rest is."
              .formatted(e.getMessage(), done.get(), messages.size()));
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
