package io.mosquittoha.agent.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import io.mosquittoha.agent.replication.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PeerNetworkTest {

  private static final Member ZERO = new Member("m-0", "a");
  private static final Member ONE = new Member("m-1", "b");

  private final Loopback loopback = new Loopback();

  @BeforeEach
  void patience() {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
  }

  @AfterEach
  void close() {
    loopback.close();
  }

  private PeerNetwork zero() {
    return loopback.member(0, "a", Optional.empty());
  }

  private PeerNetwork one() {
    return loopback.member(1, "b", Optional.empty());
  }

  private static void awaitEvents(Recorder recorder, String... events) {
    await().untilAsserted(() -> assertThat(recorder.events()).containsExactly(events));
  }

  private static List<Message> numbered(long from, long to) {
    return LongStream.range(from, to).<Message>mapToObj(Message.TakeOver::new).toList();
  }

  @Test
  void members_whenTheyFindEachOther_sayWhoTheyAre() {
    var zero = zero();
    var one = one();
    var atZero = loopback.start(zero);
    var atOne = loopback.start(one);

    awaitEvents(atZero, "connected m-1 b");
    awaitEvents(atOne, "connected m-0 a");
    assertThat(zero.peers()).containsOnlyKeys("m-1");
    var info = zero.peers().get("m-1");
    assertThat(info.version()).isEqualTo("0.1.0-1");
    assertThat(info.revision()).isEqualTo("revision-1");
    assertThat(info.incarnation()).isEqualTo("b");
    assertThat(info.address()).isEqualTo(InetAddress.getLoopbackAddress());
    assertThat(zero.addressOf("m-1")).contains(InetAddress.getLoopbackAddress());
    assertThat(zero.addressOf("m-2")).isEmpty();
  }

  @Test
  void messages_arriveInOrderInBothDirections() {
    var zero = zero();
    var one = one();
    var atZero = loopback.start(zero);
    var atOne = loopback.start(one);
    awaitEvents(atZero, "connected m-1 b");
    awaitEvents(atOne, "connected m-0 a");
    var there = numbered(0, 20_000);
    var back = numbered(50_000, 60_000);

    there.forEach(message -> zero.send(ONE, message));
    back.forEach(message -> one.send(ZERO, message));

    await().untilAsserted(() -> assertThat(atOne.messages()).hasSize(20_000));
    await().untilAsserted(() -> assertThat(atZero.messages()).hasSize(10_000));
    assertThat(atOne.messages()).isEqualTo(there);
    assertThat(atZero.messages()).isEqualTo(back);
  }

  @Test
  void message_whenItIsForAnotherLifeOfTheMember_isNotSent() {
    var zero = zero();
    var atZero = loopback.start(zero);
    var atOne = loopback.start(one());
    awaitEvents(atZero, "connected m-1 b");

    zero.send(new Member("m-1", "a"), new Message.TakeOver(1));
    zero.send(new Member("m-2", "b"), new Message.TakeOver(2));
    zero.send(ONE, new Message.TakeOver(3));

    await().untilAsserted(() -> assertThat(atOne.messages()).isNotEmpty());
    assertThat(atOne.messages()).containsExactly(new Message.TakeOver(3));
  }

  @Test
  void member_whenItsProcessBeginsAnew_isDisconnectedAndConnectedAgain() {
    var atZero = loopback.start(zero());
    var one = one();
    loopback.start(one);
    awaitEvents(atZero, "connected m-1 b");

    one.close();
    awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b");
    loopback.start(loopback.member(1, "c", Optional.empty()));

    awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 c");
  }

  @Test
  void messages_whenTheMemberCloses_stillArrive() {
    var zero = zero();
    var atZero = loopback.start(zero);
    var atOne = new Recorder();
    atOne.pauseAtFirstMessage(Duration.ofMillis(100)); // so that the others are still under way
    one().start(atOne);
    awaitEvents(atZero, "connected m-1 b");
    awaitEvents(atOne, "connected m-0 a");
    var messages = numbered(0, 5_000);

    messages.forEach(message -> zero.send(ONE, message));
    zero.close();

    awaitEvents(atOne, "connected m-0 a", "disconnected m-0 a");
    assertThat(atOne.messages()).isEqualTo(messages);
  }

  @Test
  void bothConnections_whenTheIncomingOneEnds_areMadeAgain() throws IOException {
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      var in = fake.accept(1);
      var out = fake.dial(zero, 1);
      out.out.write(new Message.TakeOver(7));
      out.out.flush();
      await().untilAsserted(() -> assertThat(atZero.messages()).hasSize(1));
      awaitEvents(atZero, "connected m-1 b");

      out.close();

      assertThat(FakeMember.end(in)).isNotNull().isNotInstanceOf(SocketTimeoutException.class);
      fake.accept(1);
      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 b");
    }
  }

  @Test
  void bothConnections_whenTheOutgoingOneEnds_areMadeAgain() throws IOException {
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      var in = fake.accept(1);
      var out = fake.dial(zero, 1);

      in.close();

      assertThat(FakeMember.end(out)).isNotNull().isNotInstanceOf(SocketTimeoutException.class);
      fake.accept(1);
      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 b");
    }
  }

  @Test
  void member_whenItConnectsAgainBeforeItsEndWasNoticed_isDisconnectedFirst() throws IOException {
    try (var fake = new FakeMember(ONE);
        var later = new FakeMember(new Member("m-1", "c"))) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      fake.accept(1);
      FakeMember.keepAlive(fake.dial(zero, 1));
      awaitEvents(atZero, "connected m-1 b");

      later.dial(zero, 2);
      later.accept(2);

      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 c");
    }
  }

  @Test
  void member_whenAnEarlierProcessOfItConnects_staysConnected() throws IOException {
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      fake.accept(5);
      fake.dial(zero, 5);
      awaitEvents(atZero, "connected m-1 b");

      var earlier = fake.dial(zero, 4);

      assertThat(FakeMember.end(earlier)).isNotNull();
      awaitEvents(atZero, "connected m-1 b");
    }
  }

  @Test
  void member_whenNothingIsHeardOfIt_isDialledAgain() throws IOException {
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      fake.accept(1);
      fake.dial(zero, 1); // and says nothing
      awaitEvents(atZero, "connected m-1 b");

      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b");
      fake.accept(1);
      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 b");
    }
  }

  @Test
  void members_whenTheyHaveNothingToSay_stayConnected() throws InterruptedException {
    var atZero = loopback.start(zero());
    var atOne = loopback.start(one());
    awaitEvents(atZero, "connected m-1 b");
    awaitEvents(atOne, "connected m-0 a");

    Thread.sleep(PeerNetwork.SILENCE + 1_500);

    awaitEvents(atZero, "connected m-1 b");
    awaitEvents(atOne, "connected m-0 a");
  }

  @Test
  void member_whenItTakesNothing_isGivenUp() throws IOException {
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var zero = loopback.member(0, "a", Optional.empty(), 1 << 20, loopback::resolve);
      var atZero = loopback.start(zero);
      fake.accept(1);
      awaitEvents(atZero, "connected m-1 b");
      var message =
          new Message.Append(
              "c", 1, Position.START, 0, true, 0, List.of(new Entry(1, 1, 1, new byte[500_000])));

      for (var i = 0; i < 100 && !atZero.events().contains("disconnected m-1 b"); i++) {
        zero.send(ONE, message);
      }

      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b");
    }
  }

  @Test
  void member_whenDnsDoesNotKnowItYet_isFoundWhereItConnectsFrom() throws InterruptedException {
    var never = new CountDownLatch(1);
    Resolver stuck =
        name -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new UnknownHostException(name);
        };
    var atZero = loopback.start(loopback.member(0, "a", Optional.empty(), 1 << 20, stuck));
    Thread.sleep(100); // so that it waits for DNS

    loopback.start(one());

    awaitEvents(atZero, "connected m-1 b");
    never.countDown();
  }

  @Test
  void dialling_whenTheMemberShowsThatItIsThere_goesOn() throws Exception {
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      var dialled = fake.server.accept();
      FakeMember.keepAlive(fake.dial(zero, 1));
      Thread.sleep(300);
      assertThat(atZero.events()).isEmpty();

      fake.answer(dialled, 1);

      awaitEvents(atZero, "connected m-1 b");
      assertThat(zero.peers()).containsKey("m-1");
    }
  }

  @Test
  void dialling_whenTheMemberShowsThatItIsElsewhere_isGivenUpAtOnce() throws Exception {
    try (var fake = new FakeMember(ONE);
        var later = new FakeMember(new Member("m-1", "c"))) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      fake.server.accept(); // and it is never answered

      FakeMember.keepAlive(later.dial(zero, 2));
      later.server.setSoTimeout(2_000); // sooner than an answer is given up
      later.accept(2);

      awaitEvents(atZero, "connected m-1 c");
    }
  }

  @Test
  void member_whenItHasMoved_isFoundByDnsAgain() {
    var atZero = loopback.start(zero());
    var one = one();
    loopback.start(one);
    awaitEvents(atZero, "connected m-1 b");
    one.close();

    // It knows nobody, so it cannot show itself.
    loopback.start(
        loopback.member(
            1,
            "c",
            Optional.empty(),
            1 << 20,
            name -> {
              throw new UnknownHostException(name);
            }));

    awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 c");
  }

  @Test
  void member_whenDnsFailsForAWhile_isDialledWhereItWas() throws IOException {
    var failing = new AtomicBoolean();
    Resolver dns =
        name -> {
          if (failing.get()) {
            throw new UnknownHostException(name + ": Temporary failure in name resolution");
          }
          return loopback.resolve(name);
        };
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var atZero = loopback.start(loopback.member(0, "a", Optional.empty(), 1 << 20, dns));
      var in = fake.accept(1);
      awaitEvents(atZero, "connected m-1 b");

      failing.set(true);
      in.close();
      fake.accept(1);

      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 b");
    }
  }

  @Test
  void stranger_isNotAnswered() throws IOException {
    var zero = zero();
    var atZero = loopback.start(zero);
    for (var name : List.of("m-0", "m-3", "other-1")) {
      try (var fake = new FakeMember(new Member(name, "x"))) {
        assertThatThrownBy(() -> fake.dial(zero, 1)).isInstanceOf(IOException.class);
      }
    }
    assertThat(atZero.events()).isEmpty();
  }

  @Test
  void member_whenItSpeaksAnotherProtocol_isNotAnswered() throws IOException {
    var zero = zero();
    loopback.start(zero);
    try (var fake = new FakeMember(ONE)) {
      var later = new Hello(2, 3, ONE, 1, fake.server.getLocalPort(), "9", "r");
      assertThatThrownBy(() -> fake.dial(zero, later)).isInstanceOf(IOException.class);
      var both = new Hello(1, 3, ONE, 1, fake.server.getLocalPort(), "9", "r");
      assertThat(fake.dial(zero, both).other.member()).isEqualTo(ZERO);
    }
  }

  @Test
  void nonsense_endsTheConnectionOnly() throws IOException {
    try (var fake = new FakeMember(ONE)) {
      loopback.table.put("m-1", fake.address());
      var zero = zero();
      var atZero = loopback.start(zero);
      var in = fake.accept(1);
      var out = fake.dial(zero, 1);
      awaitEvents(atZero, "connected m-1 b");

      out.socket.getOutputStream().write(new byte[] {0, 0, 0, 2, 99, 99});

      assertThat(FakeMember.end(in)).isNotNull();
      fake.accept(1);
      awaitEvents(atZero, "connected m-1 b", "disconnected m-1 b", "connected m-1 b");
    }
  }

  @Test
  void port_whenItIsTaken_isNamed() {
    var zero = zero();
    assertThatThrownBy(() ->
            new PeerNetwork(
                new PeerSettings(zero.address(), "s", 3, Optional.empty(), 1),
                ONE,
                "",
                "",
                loopback::resolve))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(String.valueOf(zero.address().getPort()));
  }

  @Test
  void singleMember_dialsNobody() throws IOException {
    var asked = new AtomicLong();
    try (var network =
        new PeerNetwork(
            PeerSettings.of(0, "", Optional.empty()),
            ZERO,
            "",
            "",
            name -> {
              asked.incrementAndGet();
              return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
            })) {
      network.start(new Recorder());
      network.send(ONE, new Message.TakeOver(1));
      assertThat(network.peers()).isEmpty();
    }
    assertThat(asked).hasValue(0);
  }

  /** What is told about a member must alternate, and messages must come in between and in order. */
  private static final class Judge implements PeerListener {

    private final List<String> faults = new ArrayList<>();
    private boolean there; // said, or heard of
    private boolean announced;
    private long last;
    private long received;

    @Override
    public synchronized void connected(Member member) {
      if (announced) {
        faults.add("connected twice");
      }
      announced = true;
      there = true;
    }

    @Override
    public synchronized void disconnected(Member member) {
      if (!there) {
        faults.add("disconnected twice");
      }
      announced = false;
      there = false;
      last = 0;
    }

    @Override
    public synchronized void receive(Member from, Message message) {
      there = true;
      var number = ((Message.TakeOver) message).epoch();
      if (number <= last) {
        faults.add(number + " after " + last);
      }
      last = number;
      received++;
    }

    synchronized boolean isThere() {
      return there;
    }

    synchronized long received() {
      return received;
    }

    synchronized List<String> faults() {
      return List.copyOf(faults);
    }
  }

  @Test
  void connections_whenTheyBreakAgainAndAgain_areToldInOrderAndComeBack() throws Exception {
    var random = new Random(7);
    var zero = zero();
    var one = one();
    var atZero = new Judge();
    var atOne = new Judge();
    zero.start(atZero);
    one.start(atOne);
    var number = 0L;

    for (var i = 0; i < 300; i++) {
      for (var j = 0; j < 20; j++) {
        number++;
        zero.send(ONE, new Message.TakeOver(number));
        one.send(ZERO, new Message.TakeOver(number));
      }
      Thread.sleep(random.nextInt(12));
      if (random.nextBoolean()) {
        zero.peers.get("m-1").close();
      }
      if (random.nextInt(3) == 0) {
        one.peers.get("m-0").close();
      }
    }

    await().untilAsserted(() -> assertThat(zero.peers()).containsKey("m-1"));
    await().untilAsserted(() -> assertThat(one.peers()).containsKey("m-0"));
    Thread.sleep(1_000); // It must not go on breaking by itself.
    var since = zero.peers().get("m-1").connectedSince();
    Thread.sleep(1_000);
    assertThat(zero.peers().get("m-1").connectedSince()).isEqualTo(since);
    assertThat(atZero.isThere()).isTrue();
    assertThat(atOne.isThere()).isTrue();
    var before = atOne.received();
    zero.send(ONE, new Message.TakeOver(number + 1));
    await().untilAsserted(() -> assertThat(atOne.received()).isEqualTo(before + 1));
    assertThat(atZero.faults()).isEmpty();
    assertThat(atOne.faults()).isEmpty();
  }
}
