package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The brokers of the release, watched all the time. */
public interface Cluster extends AutoCloseable {

  /**
   * Begins to watch. Asks nobody but the brokers, their agents and the HAProxies: it needs no
   * Kubernetes API.
   *
   * @param events told {@code cluster} when pages should look again
   */
  static Cluster watch(Settings settings, Events events) {
    return Watch.begin(settings, events);
  }

  /** The latest that is known; never old by more than two seconds while agents answer. */
  Sight sight();

  /** Called after each change of the sight, by one thread; must not block. */
  void onChange(Consumer<Sight> listener);

  /**
   * Called for each occurrence as an agent tells it, by several threads, as often as it is told: at
   * least once by each member, and again after each connection that was lost.
   */
  void onOccurrence(Consumer<Occurrence> listener);

  /**
   * Lets another room say what somebody should do something about; asked about once a second, must
   * not block.
   */
  void addIssues(Supplier<List<Sight.Issue>> source);

  /** Asks for figures that often from now on; they are otherwise some seconds old. */
  void hurry(Duration each);

  /**
   * Where MQTT goes to reach the broker that serves: each broker's own address, never HAProxy's.
   * With several that serve, the first by ordinal. Empty while nobody serves. The address is not
   * resolved yet: names lead elsewhere after a restart.
   */
  Optional<InetSocketAddress> serving();

  /** Where each broker that serves is reached over MQTT, by ordinal. */
  List<Broker> brokers();

  /**
   * A broker's address for MQTT.
   *
   * @param name the pod's
   */
  record Broker(String name, InetSocketAddress mqtt) {}

  /**
   * Clients and their sessions, as the leader's agent knows them.
   *
   * @param search a part of the id, the user's name or the address; "" for all
   * @param connected whether only those that are connected now
   * @throws io.mosquittoha.management.web.Problem 503 if nobody can be asked, 501 where no agents
   *     are (autoscaling)
   */
  Clients clients(String search, boolean connected, int limit);

  /**
   * The sight with the clients that are connected at this moment: for who is asked before something
   * is interrupted. The figures that the sight has otherwise are some seconds old.
   */
  default Sight counted() {
    var sight = sight();
    try {
      return sight.withConnected(clients("", true, 1).total());
    } catch (Problem e) {
      return sight; // What was known last is the best there is.
    }
  }

  /**
   * Clients and their sessions, a page of them ({@code GET /api/v1/clients?search=&connected=
   * &away=&sort=&offset=&limit=} of the leader's agent).
   *
   * @throws io.mosquittoha.management.web.Problem as {@link #clients(String, boolean, int)}
   */
  default Clients clients(ClientQuery query) {
    throw new Problem(501, "This cluster cannot page through clients yet.");
  }

  /**
   * One client or session ({@code GET /api/v1/clients/ID} of the leader's agent), or empty if there
   * is none.
   */
  default Optional<Client> client(String id) {
    throw new Problem(501, "This cluster cannot show one client yet.");
  }

  /**
   * What a member's agent says of itself and its broker: Prometheus' text format, asked for now.
   *
   * @throws io.mosquittoha.management.web.Problem 404 if there is no such member, 503 if it does
   *     not answer, 501 where no agents are
   */
  default String figures(String member) {
    throw new Problem(501, "This cluster cannot ask one member yet.");
  }

  /**
   * What a member's agent answers to anybody who asks, for a support bundle.
   *
   * @param path like {@code /api/v1/state}
   * @throws io.mosquittoha.management.web.Problem as {@link #figures}
   */
  default String ask(String member, String path) {
    throw new Problem(501, "This cluster cannot ask one member yet.");
  }

  /** Found clients; {@code total} counts those that were not listed too. */
  record Clients(List<Client> clients, int total, boolean more) {}

  /**
   * A client, or a session whose client is away.
   *
   * @param protocol 3, 4 or 5: MQTT's protocol level
   * @param since when it connected or left, ISO 8601, or ""
   */
  record Client(
      String id,
      String username,
      String address,
      boolean connected,
      int protocol,
      boolean cleanStart,
      String since,
      int subscriptions,
      int queued) {}

  /** Subscriptions of one client. */
  List<Subscription> subscriptions(String client);

  /** One subscription. */
  record Subscription(String client, String filter, int qos) {}

  /**
   * Disconnects a client.
   *
   * @throws io.mosquittoha.management.web.Problem 404 if it is not connected
   */
  void disconnect(String client);

  /**
   * Lets another member lead.
   *
   * @param member its name, or empty for the best one
   * @return who leads now
   * @throws io.mosquittoha.management.web.Problem 409 with the reason if it can't be
   */
  String moveLeader(Optional<String> member);

  /** Watches no more. */
  @Override
  void close();
}
