package io.mosquittoha.management.clients;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.clients.Found.ClientRow;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Cluster.Client;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page Clients: all sessions of the cluster, connected or not. */
public final class ClientsRoom implements Room, AutoCloseable {

  private static final int LISTED = 100;

  private final Settings settings;
  private final Cluster cluster;
  private final Events events;
  private final Sessions sessions;
  private final Ticker ticker;

  /** Asks nobody yet. */
  public ClientsRoom(Settings settings, Cluster cluster, Account account, Events events) {
    this.settings = settings;
    this.cluster = cluster;
    this.events = events;
    sessions = new Sessions(cluster, account);
    ticker = new Ticker(cluster, events);
  }

  @Override
  public void open(Routes routes) {
    routes.page("/clients", Role.VIEWER, visit -> list(visit, "clients/home.jte"));
    routes.page("/parts/clients/list", Role.VIEWER, visit -> list(visit, "clients/list.jte"));
    routes.page("/clients/{id}", Role.VIEWER, visit -> one(visit, "clients/client.jte"));
    routes.page("/parts/clients/one/{id}", Role.VIEWER, visit -> one(visit, "clients/session.jte"));
    routes.get(
        "/api/v1/clients",
        Role.VIEWER,
        "Find clients and sessions (search, presence, sort, offset, limit).",
        Cluster.Clients.class,
        visit -> {
          requireAgents();
          visit.json(cluster.clients(Search.of(visit, LISTED).query()));
        });
    routes.get(
        "/api/v1/clients/{id}",
        Role.VIEWER,
        "Tell one client; an id with slashes and the like is written as ~ and its base64url.",
        Client.class,
        visit -> visit.json(client(visit)));
    routes.get(
        "/api/v1/clients/{id}/subscriptions",
        Role.VIEWER,
        "List what a client is subscribed to.",
        Cluster.Subscription[].class,
        visit -> visit.json(cluster.subscriptions(client(visit).id())));
    routes.post(
        "/api/v1/clients/{id}/disconnect",
        Role.EDITOR,
        "Disconnect a client; its session stays, its will is not sent.",
        this::disconnect);
    routes.delete(
        "/api/v1/clients/{id}",
        Role.EDITOR,
        "End a session, with its subscriptions and queue; a connected client is cut off, and its"
            + " will is sent.",
        this::end);
  }

  private boolean hasAgents() {
    return settings.agentPort() > 0 || !settings.members().isEmpty();
  }

  private void requireAgents() {
    if (!hasAgents()) {
      throw new Problem(
          501,
          "Brokers of mosquitto-ha-autoscaling have no agent that knows their sessions, and MQTT"
              + " itself has no way to list them.");
    }
  }

  private void list(Visit visit, String template) {
    var search = Search.of(visit, Search.PAGE);
    var parameters = new HashMap<String, @Nullable Object>();
    parameters.put("search", search);
    parameters.put("agents", hasAgents());
    parameters.put("trouble", "");
    if (hasAgents()) {
      ticker.looked();
      try {
        var found = found(search);
        parameters.put("found", found);
        visit
            .context()
            .header("HX-Replace-Url", settings.base() + "/clients" + found.search().address());
      } catch (Problem problem) {
        parameters.put("trouble", problem.getMessage());
      }
    }
    visit.render(template, parameters);
  }

  private Found found(Search search) {
    var clients = cluster.clients(search.query());
    var asked = search;
    if (clients.clients().isEmpty() && search.offset() > 0 && clients.total() > 0) {
      // There are fewer than there were: the last page that there is.
      asked = search.at((clients.total() - 1) / search.limit() * search.limit());
      clients = cluster.clients(asked.query());
    }
    return Found.of(asked, clients, cluster.sight().leader().orElse(""));
  }

  private void one(Visit visit, String template) {
    requireAgents();
    ticker.looked();
    var id = ClientKey.id(visit.path("id"));
    var client = cluster.client(id);
    var parameters = new HashMap<String, @Nullable Object>();
    parameters.put("id", id);
    parameters.put("key", ClientKey.of(id));
    parameters.put("row", client.map(ClientRow::new).orElse(null));
    parameters.put("subscriptions", client.isEmpty() ? List.of() : cluster.subscriptions(id));
    parameters.put("broker", cluster.sight().leader().orElse(""));
    visit.render(template, parameters);
  }

  private Client client(Visit visit) {
    requireAgents();
    return cluster
        .client(ClientKey.id(visit.path("id")))
        .orElseThrow(
            () -> new Problem(404, "There is no client or session with this id any more."));
  }

  private interface Action {
    void run();
  }

  /** Does it, and writes down who did, also when it failed. */
  private void audited(Visit visit, String what, String target, Object before, Action action) {
    try {
      action.run();
    } catch (Problem problem) {
      visit.audit(what, target, before, Map.of("refused", String.valueOf(problem.getMessage())));
      throw problem;
    }
    visit.audit(what, target, before, null);
    events.changed("clients");
  }

  private void disconnect(Visit visit) {
    var client = client(visit);
    audited(visit, "client.disconnect", client.id(), client, () -> cluster.disconnect(client.id()));
    visit.done("%s is disconnected.".formatted(Visible.start(client.id())));
  }

  private void end(Visit visit) {
    var client = client(visit);
    audited(visit, "session.delete", client.id(), client, () -> sessions.end(client.id()));
    visit.done("The session of %s is deleted.".formatted(Visible.start(client.id())));
  }

  @Override
  public void close() {
    ticker.close();
  }
}
