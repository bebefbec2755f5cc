package io.mosquittoha.bench.ledger;

import io.mosquittoha.bench.machine.Hook;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.mosquittoha.bench.mqtt.MqttFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Publishes and receives without pause while the hook kills, again and again, and keeps the ledger.
 */
public final class Failover {
  /** How long after the hook a client that kept its connection counts as not affected. */
  private static final long UNAFFECTED = 2_000_000_000;

  private static final Duration START = Duration.ofSeconds(20);

  /** All that was seen. */
  public record Result(List<Round> rounds, Verdict verdict, List<String> problems) {
    /** Whether the broker kept its word and every client came back. */
    public boolean clean() {
      return verdict.clean() && problems.isEmpty();
    }
  }

  private final Plan plan;
  private final Hook kill;
  private final Optional<Hook> ready;
  private final Consumer<String> progress;
  private final Ledger ledger = new Ledger();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final List<Subscriber> sleepers = new ArrayList<>();
  private final List<Round> rounds = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();
  private final Loop loop;

  private Failover(
      Loop loop, Plan plan, Hook kill, Optional<Hook> ready, Consumer<String> progress) {
    this.loop = loop;
    this.plan = plan;
    this.kill = kill;
    this.ready = ready;
    this.progress = progress;
  }

  /**
   * Runs all rounds.
   *
   * @param ready is run before each failure until it succeeds: the cluster can take one again
   */
  public static Result run(Plan plan, Hook kill, Optional<Hook> ready, Consumer<String> progress) {
    try (var loop = new Loop()) {
      return new Failover(loop, plan, kill, ready, progress).go();
    }
  }

  private Result go() {
    var run = "bench-" + Long.toString(System.nanoTime(), 36);
    var returning =
        new Persistent.Returning(plan.targets(), plan.retry(), plan.patience(), plan.silence());
    for (var level : plan.qos()) {
      var n = publishers.size();
      var identity = identity(run + "-publisher" + n + "-qos" + level);
      publishers.add(
          new Publisher(
              loop,
              ledger,
              identity,
              returning,
              ledger.author(identity.clientId(), level),
              level,
              run + "/" + n,
              plan));
    }
    for (var n = 0; n < plan.subscribers() + plan.sleepers(); n++) {
      var sleeper = n >= plan.subscribers();
      var identity = identity(run + (sleeper ? "-sleeper" : "-subscriber") + n);
      (sleeper ? sleepers : subscribers)
          .add(
              new Subscriber(
                  loop,
                  ledger,
                  identity,
                  returning,
                  ledger.reader(identity.clientId()),
                  run + "/+",
                  2));
    }
    try {
      var all = new ArrayList<Subscriber>(subscribers);
      all.addAll(sleepers);
      loop.run(() -> all.forEach(Persistent::online));
      require(
          () -> all.stream().allMatch(Subscriber::subscribed),
          "subscribers connected and subscribed");
      loop.run(() -> sleepers.forEach(Persistent::offline));
      loop.run(() -> publishers.forEach(Persistent::online));
      require(() -> publishers.stream().allMatch(Persistent::connected), "publishers connected");
      loop.run(() -> publishers.forEach(Publisher::begin));
      loop.executor()
          .scheduleAtFixedRate(
              () -> publishers.forEach(Publisher::tick), 1, 1, TimeUnit.MILLISECONDS);
      for (var n = 1; n <= plan.rounds() && problems.isEmpty(); n++) {
        round(n);
      }
      sleep(plan.settle());
      finish(all);
      return loop.call(
          () -> new Result(List.copyOf(rounds), ledger.verdict(), List.copyOf(problems)));
    } finally {
      forget();
    }
  }

  private Identity identity(String clientId) {
    return new Identity(clientId, true, plan.version(), 10, plan.credentials());
  }

  private void round(int number) {
    if (ready.isPresent() && !becomesReady(number)) {
      return;
    }
    // Never in step with something periodic in the brokers.
    var quarter = plan.settle().toNanos() / 4;
    sleep(plan.settle().plusNanos(quarter > 0 ? ThreadLocalRandom.current().nextLong(quarter) : 0));
    loop.run(() -> publishers.forEach(Publisher::takeLongestGap));
    var run = kill.run(number);
    if (run.status() != 0) {
      problems.add(
          "round "
              + number
              + ": the hook ended with status "
              + run.status()
              + ": "
              + run.output().strip());
      return;
    }
    var killed = run.moment();
    var after = System.nanoTime();
    var clients = new ArrayList<Persistent>(publishers);
    clients.addAll(subscribers);
    if (!await(
        () -> clients.stream().allMatch(client -> through(client, killed, after)), plan.giveUp())) {
      problems.add(
          "round "
              + number
              + ": not back within "
              + plan.giveUp().toSeconds()
              + " s: "
              + loop.call(() ->
                  clients.stream()
                      .filter(client -> !through(client, killed, after))
                      .map(Persistent::name)
                      .toList()));
    }
    loop.run(() -> clients.forEach(client -> rounds.add(passed(number, client, killed))));
    progress.accept(said(number));
  }

  private static long served(Persistent client) {
    return switch (client) {
      case Publisher publisher -> publisher.firstAcknowledged;
      case Subscriber subscriber -> subscriber.firstReceived;
      default -> 0;
    };
  }

  private static boolean through(Persistent client, long killed, long after) {
    return client.lostAt - killed > 0
        ? client.connected() && client.connectedAt - client.lostAt > 0 && served(client) != 0
        : client.connected() && System.nanoTime() - after > UNAFFECTED;
  }

  private static Round passed(int number, Persistent client, long killed) {
    var gap = client instanceof Publisher publisher ? publisher.takeLongestGap() / 1e6 : -1;
    var publisher = client instanceof Publisher;
    if (client.lostAt - killed <= 0) {
      return new Round(number, client.name(), publisher, -1, -1, -1, gap, "");
    }
    var back = client.connected() && client.connectedAt - client.lostAt > 0;
    return new Round(
        number,
        client.name(),
        publisher,
        millis(client.lostAt - killed),
        back ? millis(client.connectedAt - killed) : -1,
        back && served(client) != 0 ? millis(served(client) - killed) : -1,
        gap,
        client.lostWhy());
  }

  private String said(int number) {
    var slowest =
        rounds.stream()
            .filter(round -> round.number() == number && round.publisher())
            .mapToDouble(Round::served)
            .max()
            .orElse(-1);
    var verdict = loop.call(ledger::verdict);
    return "round %d/%d: %s; %d acknowledged, %d QoS 2 duplicates, %d reordered, %d sessions lost"
        .formatted(
            number,
            plan.rounds(),
            slowest < 0
                ? "no publisher was interrupted"
                : "acknowledged again after %.0f ms".formatted(slowest),
            verdict.acknowledged(),
            verdict.duplicatesExactlyOnce(),
            verdict.reordered(),
            verdict.sessionsLost());
  }

  private boolean becomesReady(int number) {
    var end = System.nanoTime() + plan.giveUp().toNanos();
    var run = ready.orElseThrow().run(number);
    while (run.status() != 0) {
      if (System.nanoTime() - end > 0) {
        problems.add(
            "round "
                + number
                + ": not ready within "
                + plan.giveUp().toSeconds()
                + " s: "
                + run.output().strip());
        return false;
      }
      sleep(Duration.ofMillis(100));
      run = ready.orElseThrow().run(number);
    }
    return true;
  }

  /** No more messages; those on their way arrive; sleepers wake and collect. */
  private void finish(List<Subscriber> all) {
    loop.run(() -> publishers.forEach(Publisher::end));
    if (!await(() -> publishers.stream().allMatch(Publisher::settled), plan.drain())) {
      problems.add(
          "the last messages were not acknowledged within " + plan.drain().toSeconds() + " s");
    }
    loop.run(() -> sleepers.forEach(Persistent::online));
    // When nothing is missing there may still be duplicates on the way: a moment for them.
    await(() -> complete(all), plan.drain());
    sleep(plan.settle());
  }

  private boolean complete(List<Subscriber> all) {
    for (var reader = 0; reader < all.size(); reader++) {
      if (!ledger.complete(reader)) {
        return false;
      }
    }
    return true;
  }

  /** Leaves nothing behind at the brokers. */
  private void forget() {
    var all = new ArrayList<Persistent>(publishers);
    all.addAll(subscribers);
    all.addAll(sleepers);
    for (var client : all) {
      var done = new CompletableFuture<Void>();
      loop.run(() -> client.forget(() -> done.complete(null)));
      try {
        Loop.await(
            done, plan.patience().plusSeconds(1), "taking away the session of " + client.name());
      } catch (MqttFailure e) {
        progress.accept(e.getMessage());
      }
    }
  }

  private void require(BooleanSupplier condition, String what) {
    var patience = plan.giveUp().compareTo(START) < 0 ? plan.giveUp() : START;
    if (!await(condition, patience)) {
      throw new MqttFailure(
          what
              + ": not within "
              + patience.toSeconds()
              + " s; does a broker listen on "
              + plan.targets()
              + "?");
    }
  }

  private boolean await(BooleanSupplier condition, Duration patience) {
    var end = System.nanoTime() + patience.toNanos();
    while (!loop.call(condition::getAsBoolean)) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      sleep(Duration.ofMillis(10));
    }
    return true;
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }

  private static void sleep(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
