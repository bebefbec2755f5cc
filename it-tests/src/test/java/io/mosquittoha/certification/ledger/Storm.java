package io.mosquittoha.certification.ledger;

import static org.awaitility.Awaitility.await;

import io.mosquittoha.certification.ledger.Outbox.Content;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Login;
import io.mosquittoha.certification.mqtt.MqttVersion;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/**
 * All the clients at once, for as long as a test lasts: publishers of QoS 1 and 2 in both versions
 * of MQTT, subscribers that stay, that come and go, and that are away, retained topics, wills, an
 * administrator, and clients with Paho. A test {@linkplain #suffer lets something happen} to the
 * brokers, and then has everything {@linkplain #settle settled}.
 */
public final class Storm implements AutoCloseable {

  /** Together some 500 messages a second, each to four subscribers: a load that two cores bear. */
  private static final Duration PACE = Duration.ofMillis(8);

  private static final Duration RETAINED_PACE = Duration.ofMillis(25);
  private static final Duration POLL = Duration.ofMillis(10);

  /** How long whoever comes and goes is there, and then is not. */
  private static final Duration STAY = Duration.ofMillis(900);

  private static final Duration ABSENCE = Duration.ofMillis(600);

  /** Beyond the grace that a release gives clients with wills. */
  private static final Duration WILL_MARGIN = Duration.ofSeconds(5);

  private final Ledger ledger = new Ledger();
  private final String base;
  private final Duration willGrace;
  private final List<Publisher> publishers;
  private final Publisher retaining;
  private final Heirlooms heirlooms;
  private final List<Subscriber> present;
  private final Subscriber commuter;
  private final Subscriber absent;
  private final Subscriber witness;
  private final Wills wills;
  private final Registrar registrar;
  private final Travellers travellers;
  private final Dial user;
  private final Thread commute;
  private volatile boolean commuting;
  private volatile boolean over;

  private Storm(Dial dial, Login admin, Duration willGrace) {
    var run = UUID.randomUUID().toString().substring(0, 6);
    base = "ledger/" + run;
    this.willGrace = willGrace;
    user = dial.withClientId("ledger-" + run);
    heirlooms = new Heirlooms(base + "/retained");
    publishers =
        List.of(
            publisher("qos1-311", 1, MqttVersion.V3_1_1),
            publisher("qos1-5", 1, MqttVersion.V5),
            publisher("qos2-311", 2, MqttVersion.V3_1_1),
            publisher("qos2-5", 2, MqttVersion.V5));
    retaining = new Publisher(named("retaining"), 1, RETAINED_PACE, heirlooms::content, ledger);
    wills = new Wills(named("will"), base + "/will", ledger);
    witness =
        new Subscriber(
            named("witness"), base + "/will", base + "/nothing", 2, wills::witness, ledger);
    present =
        List.of(
            subscriber("present-311", 2, MqttVersion.V3_1_1),
            subscriber("present-5", 2, MqttVersion.V5));
    commuter = subscriber("commuter-5", 2, MqttVersion.V5);
    absent = subscriber("absent-311", 1, MqttVersion.V3_1_1);
    registrar =
        new Registrar(
            named("administrator").withLogin(admin), user, "ledger-" + run + "-account-", ledger);
    travellers = new Travellers(named("paho"), base + "/paho", ledger);
    commute = Thread.ofPlatform().name("commute").daemon().unstarted(this::commute);
  }

  private Dial named(String name) {
    return user.withClientId(user.clientId() + "-" + name);
  }

  private Publisher publisher(String name, int qos, MqttVersion version) {
    var dial = named(name).withVersion(version);
    var topic = "%s/all/%s".formatted(base, dial.clientId());
    return new Publisher(
        dial,
        qos,
        PACE,
        number ->
            new Content(
                topic,
                "%d of a message with some weight, as messages have"
                    .formatted(number)
                    .getBytes(StandardCharsets.UTF_8),
                false),
        ledger);
  }

  private Subscriber subscriber(String name, int qos, MqttVersion version) {
    var dial = named(name).withVersion(version);
    return new Subscriber(
        dial,
        base + "/all/#",
        heirlooms.topic() + "/#",
        qos,
        publish -> arrived(dial.clientId(), publish),
        ledger);
  }

  private void arrived(String subscriber, Publish publish) {
    var text = new String(publish.payload(), StandardCharsets.UTF_8);
    var number = text.substring(0, Math.max(0, text.indexOf(' ')));
    ledger.arrived(
        subscriber,
        publish.topic().substring(publish.topic().lastIndexOf('/') + 1),
        number.matches("[0-9]{1,9}") ? Long.parseLong(number) : 0,
        publish.qos());
  }

  /**
   * Begins, and returns when everybody is at work.
   *
   * @param dial how clients call
   * @param admin an account that may administer accounts
   * @param willGrace how long the release waits for a client with a will after a failover
   */
  public static Storm begin(Dial dial, Login admin, Duration willGrace) {
    var storm = new Storm(dial, admin, willGrace);
    try {
      storm.begin();
      return storm;
    } catch (RuntimeException e) {
      storm.close();
      throw e;
    }
  }

  private void begin() {
    subscribers().forEach(subscriber -> ledger.openSubscriber(subscriber.name()));
    publishers.forEach(publisher -> ledger.openPublisher(publisher.name()));
    ledger.openUnheard(retaining.name());
    receivers().forEach(Subscriber::start);
    until("subscribers", () -> receivers().allMatch(Subscriber::isReady));
    senders().forEach(Publisher::start);
    registrar.start();
    commute.start();
    proceed();
    expectProgress();
    until("an account to be made", () -> registrar.acknowledged() > 0);
  }

  private Stream<Subscriber> subscribers() {
    return Stream.concat(present.stream(), Stream.of(commuter, absent));
  }

  private Stream<Subscriber> receivers() {
    return Stream.concat(subscribers(), Stream.of(witness));
  }

  private Stream<Publisher> senders() {
    return Stream.concat(publishers.stream(), Stream.of(retaining));
  }

  private Stream<Regular> all() {
    return Stream.of(senders(), receivers(), Stream.of(registrar)).flatMap(clients -> clients);
  }

  private void commute() {
    while (!over) {
      if (commuting) {
        commuter.leave();
        LockSupport.parkNanos(ABSENCE.toNanos());
      }
      commuter.comeBack();
      LockSupport.parkNanos(STAY.toNanos());
    }
  }

  // ---- what happens

  /**
   * What clients lived through.
   *
   * @param outages of each publisher, from its last acknowledgement before to the first after, if
   *     it had to connect again
   * @param longest of each publisher, the longest time without an acknowledgement
   */
  public record Outcome(List<Duration> outages, List<Duration> longest) {}

  /** Gets clients ready whose wills and mail are to be judged when this is settled. */
  public void prepare() {
    travellers.depart();
    wills.prepare();
  }

  /**
   * Does something that breaks the clients' connections, and waits until all publishers are served
   * again.
   */
  public Outcome suffer(Runnable blow) {
    return endure(blow, publisher -> publisher.pulse().outage().isPresent());
  }

  /**
   * Does something that may break connections or not, and waits until all publishers have been
   * served after it.
   */
  public Outcome endure(Runnable blow) {
    return endure(blow, publisher -> true);
  }

  private Outcome endure(Runnable blow, Predicate<Publisher> served) {
    expectProgress();
    senders().forEach(Publisher::mark);
    blow.run();
    wills.die();
    until("every publisher to be served again", () -> senders().allMatch(served));
    expectProgress();
    return new Outcome(
        senders().flatMap(publisher -> publisher.pulse().outage().stream()).toList(),
        senders().map(publisher -> publisher.pulse().longest()).toList());
  }

  /**
   * Does something that no client may notice.
   *
   * @throws AssertionError if a connection of a publisher broke
   */
  public Outcome ignore(Runnable nothing) {
    var before = senders().map(Regular::connections).toList();
    var outcome = endure(nothing);
    var after = senders().map(Regular::connections).toList();
    if (!after.equals(before)) {
      throw new AssertionError(
          "publishers should not have noticed; their connections were %s and are %s, the last failure: %s"
              .formatted(before, after, senders().map(Regular::lastFailure).distinct().toList()));
    }
    return outcome;
  }

  /** Waits until every publisher has been acknowledged a few more times. */
  public void expectProgress() {
    var before = senders().map(publisher -> publisher.pulse().beats()).toList();
    until(
        "every publisher to go on",
        () -> {
          var now = senders().map(publisher -> publisher.pulse().beats()).toList();
          for (var i = 0; i < now.size(); i++) {
            if (now.get(i) < before.get(i) + 20) {
              return false;
            }
          }
          return true;
        });
  }

  /**
   * Lets everything that is on its way come to its end, and judges.
   *
   * @param atRest is run while nothing changes
   * @throws AssertionError that says everything that is wrong
   */
  public void settle(Runnable atRest) {
    settle(() -> {}, atRest);
  }

  /** As {@link #settle}, and judges what was {@linkplain #prepare prepared} as well. */
  public void settleAll(Runnable atRest) {
    settle(
        () -> {
          travellers.judge();
          wills.judge(willGrace.plus(WILL_MARGIN));
        },
        atRest);
  }

  private void settle(Runnable prepared, Runnable atRest) {
    try {
      rest();
      balance();
      heirlooms.judge(retaining.last(), user, ledger);
      registrar.judge();
      prepared.run();
      expectNoFaults();
      atRest.run();
    } finally {
      proceed();
    }
  }

  private void rest() {
    commuting = false;
    absent.comeBack();
    registrar.pause();
    senders().forEach(Publisher::pause);
    until(
        "everything that was sent to be acknowledged",
        () -> senders().allMatch(Publisher::isDrained) && registrar.isIdle());
  }

  private void balance() {
    try {
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(POLL)
          .during(Duration.ofMillis(200))
          .until(ledger::isBalanced);
    } catch (ConditionTimeoutException e) {
      // What is missing is part of the faults.
    }
  }

  private void proceed() {
    absent.leave();
    commuting = true;
    registrar.proceed();
    senders().forEach(Publisher::proceed);
  }

  private void expectNoFaults() {
    var faults = ledger.faults();
    if (!faults.isEmpty()) {
      // The next blow is judged by itself.
      ledger.forgive();
      throw new AssertionError(
          "of %d acknowledged messages:%n%s"
              .formatted(ledger.acknowledged(), String.join("\n", faults)));
    }
  }

  // ---- what can be asked

  /** How many messages were acknowledged so far. */
  public long acknowledged() {
    return ledger.acknowledged();
  }

  /** How many messages of QoS 1 came more than once so far, as they may. */
  public long repeated() {
    return ledger.repeated();
  }

  /** How many changes of accounts were acknowledged so far. */
  public int accountChanges() {
    return registrar.acknowledged();
  }

  private void until(String what, BooleanSupplier condition) {
    try {
      await(what)
          .pollInterval(POLL)
          .atMost(Duration.ofSeconds(120))
          .failFast("a client met a fault of its own", () -> all().anyMatch(Regular::isBroken))
          .until(condition::getAsBoolean);
    } catch (ConditionTimeoutException | TerminalFailureException e) {
      throw new AssertionError(
          "%s; last failures: %s; faults so far: %s"
              .formatted(
                  e.getMessage(),
                  all().map(client -> client.name() + ": " + client.lastFailure()).toList(),
                  ledger.faults()),
          e);
    }
  }

  @Override
  public void close() {
    over = true;
    var closing = all().map(client -> Thread.ofVirtual().start(client::close)).toList();
    wills.close();
    for (var thread : closing) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
