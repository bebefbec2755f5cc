package io.mosquittoha.management.clients;

import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.web.Problem;
import java.time.Duration;

/**
 * Ends sessions the way that MQTT has for it: somebody connects with the session's client id and a
 * clean start, and leaves. No broker has a command for it, and a way past the broker would have to
 * keep the replicated state and the broker's own alike; this one is told and replicated as whatever
 * clients do.
 */
final class Sessions {

  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Cluster cluster;
  private final Account account;

  Sessions(Cluster cluster, Account account) {
    this.cluster = cluster;
    this.account = account;
  }

  /**
   * Ends a session with its subscriptions and what is queued for it. Of a client that is connected,
   * the connection ends and its will is sent.
   *
   * @throws Problem 404 if there is none, 409 if its id is none, 503 if it can't be done
   */
  void end(String client) {
    if (cluster.client(client).isEmpty()) {
      throw new Problem(404, "There is no session of this client any more.");
    }
    var broker =
        cluster
            .serving()
            .orElseThrow(() -> new Problem(503, "No broker serves now: try again in a moment."));
    var options = Connection.Options.of(Account.resolved(broker), client, account.login());
    try {
      // Its clean start is all that it comes for.
      Connection.open(options, message -> {}, why -> {}).close();
    } catch (Connection.RefusedException e) {
      throw new Problem(
          503,
          "The broker does not let this application take the client's place: %s. Its account is %s."
              .formatted(e.reason(), account.name()));
    } catch (Connection.BrokenException e) {
      throw new Problem(503, "The broker can't be reached: %s.".formatted(e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw new Problem(409, "No MQTT client can connect with this id: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "This application is being stopped.");
    }
    expectGone(client);
  }

  /** What the broker did is known to its agent a moment later. */
  private void expectGone(String client) {
    var until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var left = cluster.client(client);
      if (left.isEmpty()) {
        return;
      }
      if (left.get().connected() && !left.get().username().equals(account.name())) {
        return; // It came back, and began anew.
      }
      if (System.nanoTime() > until) {
        throw new Problem(
            503,
            "The session was taken over, but its end is not known to the leader's agent yet. Look"
                + " again in a moment.");
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Problem(503, "This application is being stopped.");
      }
    }
  }
}
