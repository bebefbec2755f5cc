package io.mosquittoha.management.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Watches by asking: one {@link AgentWatch} for each member, one thread that makes sense of it. */
final class Watch implements Cluster {

  private static final Logger LOG = System.getLogger(Watch.class.getName());
  private static final Duration ROUND = Duration.ofSeconds(1);
  private static final Duration LIST = Duration.ofSeconds(20);
  private static final Duration FIGURES = Duration.ofSeconds(5);
  private static final Duration MOVE = Duration.ofSeconds(15);

  /** What was told longer ago is not counted on. */
  private static final Duration FRESH = Duration.ofMillis(3_500);

  private final Settings settings;
  private final Events events;
  private final AgentPort port;
  private final Issues issues;
  private final ProxyWatch proxies;
  private final Map<String, AgentWatch> agents = new ConcurrentSkipListMap<>(Place.BY_ORDINAL);
  private final Map<String, BrokerWatch> brokers = new ConcurrentSkipListMap<>(Place.BY_ORDINAL);
  private final List<Consumer<Sight>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Occurrence>> occurrences = new CopyOnWriteArrayList<>();
  private final List<Supplier<List<Sight.Issue>>> others = new CopyOnWriteArrayList<>();
  private final Semaphore bell = new Semaphore(0);
  private final Thread thread;
  private volatile Sight sight;
  private volatile boolean closed;

  private Watch(Settings settings, Events events) {
    this.settings = settings;
    this.events = events;
    port = new AgentPort(settings.tokenFile());
    issues = new Issues(settings);
    sight = nothing(settings);
    proxies = new ProxyWatch(settings, port, this::ring);
    thread = Thread.ofVirtual().name("watch").unstarted(this::run);
  }

  static Watch begin(Settings settings, Events events) {
    // Pods keep their names and change their addresses.
    Security.setProperty("networkaddress.cache.ttl", "1");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
    var watch = new Watch(settings, events);
    watch.thread.start();
    return watch;
  }

  private static Sight nothing(Settings settings) {
    return new Sight(
        Instant.now(),
        false,
        false,
        "Nothing is known yet: the brokers are being asked",
        Optional.empty(),
        0,
        "",
        "",
        1,
        -1,
        Place.all(settings, List.of()).keySet().stream().map(Watch::unseen).toList(),
        List.of(),
        List.of(),
        Optional.empty());
  }

  private static Sight.Member unseen(String name) {
    return new Sight.Member(
        name, Role.UNREACHABLE, false, "", OptionalLong.empty(), OptionalLong.empty(), "", "");
  }

  // What is seen.

  @Override
  public Sight sight() {
    return sight;
  }

  @Override
  public void onChange(Consumer<Sight> listener) {
    listeners.add(listener);
  }

  @Override
  public void onOccurrence(Consumer<Occurrence> listener) {
    occurrences.add(listener);
  }

  @Override
  public void addIssues(Supplier<List<Sight.Issue>> source) {
    others.add(source);
  }

  @Override
  public void hurry(Duration each) {
    agents.values().forEach(agent -> agent.hurry(each));
  }

  private void ring() {
    bell.release();
  }

  private void run() {
    while (!closed) {
      try {
        places();
        look();
        bell.tryAcquire(ROUND.toMillis(), TimeUnit.MILLISECONDS);
        bell.drainPermits();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "the cluster could not be looked at", e);
        bell.drainPermits();
      }
    }
  }

  /** Begins to watch who is new, and ends it for who should not be there any more. */
  private void places() {
    var heardOf = new ArrayList<String>();
    for (var agent : agents.values()) {
      agent
          .report()
          .ifPresent(report -> report.members().forEach(member -> heardOf.add(member.name())));
    }
    var places = Place.all(settings, heardOf);
    if (places.values().stream().allMatch(place -> place.agentPort() == 0)) {
      keep(
          brokers,
          places,
          BrokerWatch::place,
          place -> new BrokerWatch(settings, place, this::ring));
    } else {
      keep(agents, places, AgentWatch::place, place -> new AgentWatch(place, port, new Told()));
    }
  }

  private static <W extends AutoCloseable> void keep(
      Map<String, W> watches,
      Map<String, Place> places,
      Function<W, Place> place,
      Function<Place, W> begin) {
    watches
        .values()
        .removeIf(watch -> {
          var gone = !place.apply(watch).equals(places.get(place.apply(watch).name()));
          if (gone) {
            try {
              watch.close();
            } catch (Exception e) {
              LOG.log(Level.DEBUG, "a watch did not end well", e);
            }
          }
          return gone;
        });
    places.forEach((name, it) -> watches.computeIfAbsent(name, key -> begin.apply(it)));
  }

  private final class Told implements AgentWatch.Listener {
    @Override
    public void changed() {
      ring();
    }

    @Override
    public void ask() {
      agents.values().forEach(AgentWatch::ring);
    }

    @Override
    public void occurred(Occurrence occurrence) {
      occurrences.forEach(listener -> listener.accept(occurrence));
    }
  }

  private void look() {
    var now = Instant.now();
    var seen = agents.isEmpty() ? ofBrokers(now) : ofAgents(now);
    var before = sight;
    sight = seen;
    if (!coarse(seen).equals(coarse(before))) {
      events.changed("cluster");
      for (var listener : listeners) {
        try {
          listener.accept(seen);
        } catch (RuntimeException e) {
          LOG.log(Level.ERROR, "somebody failed who was told of the cluster", e);
        }
      }
    }
  }

  private List<Sight.Issue> others() {
    return others.stream().flatMap(source -> source.get().stream()).toList();
  }

  private Sight ofAgents(Instant now) {
    var reports = new ArrayList<Report>();
    var troubles = new TreeMap<String, String>(Place.BY_ORDINAL);
    var refused = new TreeMap<String, Long>(Place.BY_ORDINAL);
    for (var agent : agents.values()) {
      var name = agent.place().name();
      agent
          .report()
          .filter(report -> Duration.between(report.at(), now).compareTo(FRESH) < 0)
          .ifPresentOrElse(reports::add, () -> troubles.put(name, agent.trouble()));
      refused.put(name, agent.refused());
    }
    var picture = Picture.of(reports, agents.keySet());
    var load =
        picture
            .leader()
            .flatMap(it -> Optional.ofNullable(agents.get(it)))
            .flatMap(AgentWatch::load);
    var found =
        issues.judge(
            new Issues.Evidence(now, picture, troubles, refused, proxies.proxies(), load),
            others());
    var base = picture.base();
    return new Sight(
        now,
        base.isPresent(),
        picture.serving(),
        base.map(Report::summary).orElse("No broker's agent answers, so nothing is known"),
        picture.leader(),
        picture.epoch(),
        base.map(Report::replication).orElse(""),
        base.map(Report::durability).orElse(""),
        picture.required(),
        picture.losses(),
        picture.members(),
        found,
        proxies.proxies(),
        load);
  }

  private Sight ofBrokers(Instant now) {
    var troubles = new TreeMap<String, String>(Place.BY_ORDINAL);
    var members = new ArrayList<Sight.Member>();
    for (var broker : brokers.values()) {
      var name = broker.place().name();
      if (broker.answers()) {
        members.add(
            new Sight.Member(
                name, Role.ACTIVE, false, "", OptionalLong.empty(), OptionalLong.empty(), "", ""));
      } else {
        members.add(unseen(name));
        troubles.put(name, broker.trouble());
      }
    }
    var active = (int) members.stream().filter(it -> it.role() == Role.ACTIVE).count();
    var picture = new Picture(Optional.empty(), List.of(), members);
    var found =
        issues.judge(
            new Issues.Evidence(
                now, picture, troubles, Map.of(), proxies.proxies(), Optional.empty()),
            others());
    return new Sight(
        now,
        active > 0,
        active > 0,
        active == 0
            ? "No broker answers"
            : "%d of %d brokers serve".formatted(active, members.size()),
        Optional.empty(),
        0,
        "",
        "",
        1,
        active == 0 ? 0 : active - 1,
        members,
        found,
        proxies.proxies(),
        Optional.empty());
  }

  /** Without what changes all the time and matters little. */
  private static Sight coarse(Sight sight) {
    return new Sight(
        Instant.EPOCH,
        sight.reachable(),
        sight.serving(),
        sight.summary(),
        sight.leader(),
        sight.epoch(),
        sight.replication(),
        sight.durability(),
        sight.minInSync(),
        sight.losses(),
        sight.members().stream().map(Watch::coarse).toList(),
        sight.issues(),
        sight.proxies(),
        sight
            .load()
            .map(it ->
                new Sight.Load(
                    it.connected(), it.sessions(), it.held(), it.stateBytes() >> 16, 0)));
  }

  private static Sight.Member coarse(Sight.Member member) {
    var lag = member.lagBytes();
    return new Sight.Member(
        member.name(),
        member.role(),
        member.inSync(),
        member.address(),
        OptionalLong.empty(),
        lag.isPresent()
            ? OptionalLong.of(64 - Long.numberOfLeadingZeros(lag.getAsLong() >> 10))
            : lag,
        member.version(),
        member.revision());
  }

  // Where brokers are.

  @Override
  public Optional<InetSocketAddress> serving() {
    return brokers().stream().map(Broker::mqtt).findFirst();
  }

  @Override
  public List<Broker> brokers() {
    var now = sight;
    if (!agents.isEmpty()) {
      return now
          .leader()
          .filter(leader -> now.serving())
          .flatMap(leader -> Optional.ofNullable(agents.get(leader)))
          .map(agent -> new Broker(agent.place().name(), agent.place().mqtt()))
          .stream()
          .toList();
    }
    return brokers.values().stream()
        .filter(BrokerWatch::answers)
        .map(broker -> new Broker(broker.place().name(), broker.place().mqtt()))
        .toList();
  }

  // What the leader's agent is asked, and told.

  @Override
  public Clients clients(String search, boolean connected, int limit) {
    return found(
        "/api/v1/clients?search=%s&connected=%s&limit=%d"
            .formatted(encoded(search), connected, Math.clamp(limit, 0, 10_000)));
  }

  @Override
  public Clients clients(ClientQuery query) {
    return found(
        "/api/v1/clients?search=%s&connected=%s&away=%s&sort=%s%s&offset=%d&limit=%d"
            .formatted(
                encoded(query.search()),
                query.presence() == ClientQuery.Presence.CONNECTED,
                query.presence() == ClientQuery.Presence.AWAY,
                query.descending() ? "-" : "",
                query.order().name().toLowerCase(Locale.ROOT),
                Math.max(0, query.offset()),
                Math.clamp(query.limit(), 0, 10_000)));
  }

  private Clients found(String path) {
    var answer = port.ask(leader().agent(path), LIST);
    var clients = new ArrayList<Client>();
    for (var client : answer.path("clients")) {
      clients.add(client(client));
    }
    return new Clients(
        List.copyOf(clients), answer.path("total").asInt(), answer.path("more").asBoolean());
  }

  @Override
  public Optional<Client> client(String id) {
    if (id.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(client(port.ask(leader().agent("/api/v1/clients/" + encoded(id)), LIST)));
    } catch (Problem problem) {
      if (problem.status() == 404) {
        return Optional.empty();
      }
      throw problem;
    }
  }

  @Override
  public String figures(String member) {
    return ask(member, "/metrics");
  }

  @Override
  public String ask(String member, String path) {
    if (agents.isEmpty()) {
      throw new Problem(501, "Brokers of this variant have no agent that could be asked.");
    }
    var agent = agents.get(member);
    if (agent == null) {
      throw noSuchMember();
    }
    try {
      return new String(port.get(agent.place().agent(path), FIGURES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new Problem(503, "%s does not answer: %s.".formatted(member, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "The management center is stopping.");
    }
  }

  private Problem noSuchMember() {
    return new Problem(
        404,
        "There is no such member. There are %s.".formatted(String.join(", ", agents.keySet())));
  }

  private static Client client(JsonNode json) {
    return new Client(
        json.path("id").asText(""),
        json.path("username").asText(""),
        json.path("address").asText(""),
        json.path("connected").asBoolean(),
        json.path("protocol").asInt(),
        json.path("cleanStart").asBoolean(),
        json.path("since").isTextual() ? json.path("since").asText() : "",
        json.path("subscriptions").asInt(),
        json.path("queued").asInt());
  }

  @Override
  public List<Subscription> subscriptions(String client) {
    var answer = port.ask(leader().agent("/api/v1/subscriptions?client=" + encoded(client)), LIST);
    var subscriptions = new ArrayList<Subscription>();
    for (var json : answer.path("subscriptions")) {
      subscriptions.add(
          new Subscription(
              json.path("client").asText(""),
              json.path("filter").asText(""),
              json.path("qos").asInt()));
    }
    return List.copyOf(subscriptions);
  }

  @Override
  public void disconnect(String client) {
    if (client.isEmpty()) {
      throw new Problem(404, "Every client has an id; give one.");
    }
    port.order("DELETE", leader().agent("/api/v1/clients/" + encoded(client)), "", LIST);
  }

  @Override
  public String moveLeader(Optional<String> member) {
    if (settings.variant() != Variant.HA) {
      throw new Problem(
          409, "There is nothing to move: only in mosquitto-ha does one of several brokers lead.");
    }
    member
        .filter(name -> !Report.isName(name) || !agents.containsKey(name))
        .ifPresent(name -> {
          throw noSuchMember();
        });
    var body = member.map("{\"member\":\"%s\"}"::formatted).orElse("{}");
    try {
      var answer = port.order("POST", leader().agent("/api/v1/leader"), body, MOVE);
      return answer.path("leader").asText("");
    } finally {
      agents.values().forEach(AgentWatch::ring);
    }
  }

  private Place leader() {
    if (agents.isEmpty()) {
      throw new Problem(
          501, "Brokers of this variant have no agent, so nobody knows that for all of them.");
    }
    var now = sight;
    return now.leader()
        .flatMap(leader -> Optional.ofNullable(agents.get(leader)))
        .map(AgentWatch::place)
        .orElseThrow(() ->
            new Problem(
                503,
                now.reachable()
                    ? "Nobody leads now. Try again when somebody does."
                    : "No broker's agent answers. The page Cluster says what to do."));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    proxies.close();
    agents.values().forEach(AgentWatch::close);
    brokers.values().forEach(BrokerWatch::close);
    port.close();
  }
}
