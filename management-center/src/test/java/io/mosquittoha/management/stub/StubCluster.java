package io.mosquittoha.management.stub;

import io.mosquittoha.management.cluster.ClientQuery;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Occurrence;
import io.mosquittoha.management.cluster.Sight;
import io.mosquittoha.management.cluster.Sight.Issue;
import io.mosquittoha.management.cluster.Sight.Member;
import io.mosquittoha.management.cluster.Sight.Proxy;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.web.Problem;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A cluster that is as a test says. */
public final class StubCluster implements Cluster {

  public final Map<String, Client> clients = new ConcurrentSkipListMap<>();
  public final List<Subscription> subscriptions = new ArrayList<>();
  public final List<String> disconnected = new ArrayList<>();
  public final List<String> moves = new ArrayList<>();
  public final List<Member> members = new ArrayList<>();
  public final List<Issue> issues = new ArrayList<>();
  public final List<Proxy> proxies = new ArrayList<>();
  public Optional<String> leader = Optional.of("m-0");
  public Optional<InetSocketAddress> serving = Optional.empty();
  public int losses = 1;
  public int minInSync = 2;
  public String figures = "";
  public Optional<Problem> problem = Optional.empty();

  private final List<Consumer<Occurrence>> listeners = new ArrayList<>();

  /** Three members, of which m-0 leads. */
  public StubCluster() {
    members.add(member("m-0", Role.LEADER, true));
    members.add(member("m-1", Role.FOLLOWER, true));
    members.add(member("m-2", Role.FOLLOWER, true));
  }

  public static Member member(String name, Role role, boolean inSync) {
    return new Member(
        name, role, inSync, "10.0.0.1", OptionalLong.of(1), OptionalLong.of(0), "0.1.0", "r1");
  }

  public static Client client(String id, String username, boolean connected) {
    return new Client(
        id,
        username,
        connected ? "10.1.2.3" : "",
        connected,
        connected ? 5 : 0,
        false,
        "2026-11-25T12:00:00Z",
        2,
        3);
  }

  public void add(Client client) {
    clients.put(client.id(), client);
  }

  @Override
  public Sight sight() {
    return new Sight(
        Instant.EPOCH,
        true,
        true,
        "as it should be",
        leader,
        1,
        "sync",
        "disk",
        minInSync,
        losses,
        members,
        issues,
        proxies,
        Optional.of(new Sight.Load(1_234, 5_678, 0, 1, 2)));
  }

  @Override
  public void onChange(Consumer<Sight> listener) {}

  @Override
  public void onOccurrence(Consumer<Occurrence> listener) {
    listeners.add(listener);
  }

  public void occur(Occurrence occurrence) {
    listeners.forEach(listener -> listener.accept(occurrence));
  }

  @Override
  public void addIssues(Supplier<List<Sight.Issue>> source) {}

  @Override
  public void hurry(Duration each) {}

  @Override
  public Optional<InetSocketAddress> serving() {
    return serving;
  }

  @Override
  public List<Broker> brokers() {
    return List.of();
  }

  @Override
  public Clients clients(String search, boolean connected, int limit) {
    throw new AssertionError("not asked");
  }

  @Override
  public Clients clients(ClientQuery query) {
    answer();
    var found =
        clients.values().stream()
            .filter(
                it -> it.id().contains(query.search()) || it.username().contains(query.search()))
            .filter(it ->
                switch (query.presence()) {
                  case ANY -> true;
                  case CONNECTED -> it.connected();
                  case AWAY -> !it.connected();
                })
            .sorted(
                query.descending()
                    ? Comparator.comparing(Client::id).reversed()
                    : Comparator.comparing(Client::id))
            .toList();
    var listed = found.stream().skip(query.offset()).limit(query.limit()).toList();
    return new Clients(listed, found.size(), query.offset() + listed.size() < found.size());
  }

  @Override
  public Optional<Client> client(String id) {
    answer();
    return Optional.ofNullable(clients.get(id));
  }

  private void answer() {
    if (problem.isPresent()) {
      throw problem.get();
    }
  }

  @Override
  public List<Subscription> subscriptions(String client) {
    return subscriptions.stream().filter(it -> it.client().equals(client)).toList();
  }

  @Override
  public String figures(String member) {
    answer();
    return figures;
  }

  @Override
  public void disconnect(String client) {
    disconnected.add(client);
  }

  @Override
  public String moveLeader(Optional<String> member) {
    answer();
    var next = member.orElse("m-1");
    moves.add(next);
    leader = Optional.of(next);
    return next;
  }

  @Override
  public void close() {}
}
