package io.mosquittoha.management.cluster;

import io.mosquittoha.management.web.Problem;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A cluster that is seen as a test says. */
final class FakeCluster implements Cluster {

  private final List<Consumer<Sight>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Occurrence>> occurrences = new CopyOnWriteArrayList<>();
  private final List<Supplier<List<Sight.Issue>>> sources = new CopyOnWriteArrayList<>();
  volatile boolean hurried;

  void occur(Occurrence occurrence) {
    occurrences.forEach(it -> it.accept(occurrence));
  }

  void see(String leader, long epoch, int connected) {
    var sight =
        new Sight(
            Instant.now(),
            true,
            true,
            "",
            Optional.of(leader),
            epoch,
            "sync",
            "disk",
            2,
            1,
            List.of(),
            List.of(),
            List.of(),
            Optional.of(new Sight.Load(connected, 0, 0, 0, 0)));
    listeners.forEach(it -> it.accept(sight));
  }

  List<Sight.Issue> issues() {
    return sources.stream().flatMap(it -> it.get().stream()).toList();
  }

  @Override
  public Sight sight() {
    throw new UnsupportedOperationException();
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
    sources.add(source);
  }

  @Override
  public void hurry(Duration each) {
    hurried = each.compareTo(Duration.ofSeconds(1)) < 0;
  }

  @Override
  public Optional<InetSocketAddress> serving() {
    return Optional.empty();
  }

  @Override
  public List<Broker> brokers() {
    return List.of();
  }

  @Override
  public Clients clients(String search, boolean connected, int limit) {
    throw new Problem(503, "Nobody is there.");
  }

  @Override
  public List<Subscription> subscriptions(String client) {
    throw new Problem(503, "Nobody is there.");
  }

  @Override
  public void disconnect(String client) {
    throw new Problem(503, "Nobody is there.");
  }

  @Override
  public String moveLeader(Optional<String> member) {
    throw new Problem(503, "Nobody is there.");
  }

  @Override
  public void close() {}
}
