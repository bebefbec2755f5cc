package io.mosquittoha.agent.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.agent.link.Frame;
import io.mosquittoha.agent.link.FrameType;
import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.state.ClientQuery.Order;
import io.mosquittoha.agent.state.ClientQuery.Presence;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BrokerStateTest {

  private long now = 1_000_000;
  private long index;
  private final BrokerState state = new BrokerState(10_000, () -> now, json -> {});

  @Test
  void will_whenTheClientIsLostWithItsLeader_thenItIsDueOnceAfterTheGrace() {
    connect("sensor");
    fail();
    assertThat(state.due()).isEmpty();
    now += 9_999;
    assertThat(state.due()).isEmpty();
    now += 1;
    assertThat(state.due()).extracting(DueWill::clientid).containsExactly("sensor");

    apply(Frame.of(FrameType.WILL_DUE, "token", 7, "clientid", "sensor"));
    assertThat(state.due()).as("while it is being published").isEmpty();
    fail();
    assertThat(state.due()).as("after a failover before it was").hasSize(1);
    apply(Frame.of(FrameType.WILL_DUE, "token", 8, "clientid", "sensor"));
    apply(Frame.of(FrameType.PUBLISHED, "token", 8));
    fail();
    now += 60_000;
    assertThat(state.due()).as("after a failover when it was").isEmpty();
  }

  @Test
  void will_whenTheClientComesBack_thenItIsNeverDue() {
    connect("sensor");
    fail();
    now += 5_000;
    apply(connected("sensor"));
    now += 60_000;
    assertThat(state.due()).isEmpty();
  }

  @Test
  void will_whenTheClientComesBackWithAnother_thenOnlyThatOneIsKept() {
    connect("sensor");
    fail();
    apply(will("sensor", "new"), connected("sensor"));
    fail();
    now += 60_000;
    assertThat(state.due()).extracting(DueWill::topic).containsExactly("new");
  }

  @Test
  void will_whenTheClientLeavesCleanly_thenItIsNeverDue() {
    connect("sensor");
    apply(
        Frame.of(FrameType.WILL_DELETE, "clientid", "sensor"),
        Frame.of(FrameType.OFFLINE, "clientid", "sensor"));
    fail();
    now += 60_000;
    assertThat(state.due()).isEmpty();
  }

  @Test
  void will_whenItIsDelayedAndTheSessionEndsBefore_thenItIsDueAtOnce() {
    connect("sensor");
    apply(Frame.of(FrameType.CLIENT_DELETE, "clientid", "unrelated"));
    fail();
    apply(Frame.of(FrameType.CLIENT_DELETE, "clientid", "sensor"));
    assertThat(state.due()).hasSize(1);
  }

  @Test
  void will_whenItsClientWasAwayAndItIsDelayed_thenItIsDueWhenTheBrokerWouldHaveSentIt() {
    apply(
        Frame.of(
            FrameType.CLIENT_ADD,
            "clientid", "sensor",
            "will_delay_time", 1_030,
            "session_expiry_time", 2_000,
            "will_delay_interval", 30,
            "session_expiry_interval", 1_000),
        will("sensor", "late"));
    fail();
    now = 1_029_999;
    assertThat(state.due()).isEmpty();
    now = 1_030_000;
    assertThat(state.due()).hasSize(1);
  }

  @Test
  void session_whenItIsDeleted_thenItsSubscriptionsAndQueueGoWithIt() {
    connect("a");
    subscribe("a", "x/#");
    enqueue("a", 1, 5);
    assertThat(state.counts().subscriptions()).isEqualTo(1);
    assertThat(state.counts().queued()).isEqualTo(1);
    apply(
        Frame.of(FrameType.DISCONNECT, "clientid", "a"),
        Frame.of(FrameType.CLIENT_DELETE, "clientid", "a"));
    assertThat(state.counts()).isEqualTo(new Counts(0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void clients_whenAsked_thenConnectedOnesComeFirstWithWhatTheyAre() {
    connect("a");
    connect("b");
    subscribe("b", "x");
    apply(Frame.of(FrameType.OFFLINE, "clientid", "b"));
    var clients = state.clients(query("", Presence.ANY, Order.ARRIVAL, false, 0, 10)).clients();
    assertThat(clients).extracting(ClientInfo::id).containsExactly("a", "b");
    assertThat(clients).extracting(ClientInfo::connected).containsExactly(true, false);
    assertThat(clients.getFirst().address()).isEqualTo("10.1.2.3");
    assertThat(ids("b", Presence.ANY)).containsExactly("b");
    assertThat(ids("", Presence.CONNECTED)).containsExactly("a");
    assertThat(ids("", Presence.AWAY)).containsExactly("b");
    assertThat(state.client("b").map(ClientInfo::subscriptions)).contains(1);
    assertThat(state.client("nobody")).isEmpty();
    assertThat(state.subscriptions(Optional.of("b"), 10))
        .containsExactly(new SubscriptionInfo("b", "x", 1));
  }

  @Test
  void clients_whenSearched_thenIdUserAndAddressCountInAnyCase() {
    connect("Sensor-7");
    connect("other");
    apply(Frame.of(FrameType.OFFLINE, "clientid", "other"));
    assertThat(ids("sENSOR", Presence.ANY)).containsExactly("Sensor-7");
    assertThat(ids("0.1.2.", Presence.ANY)).containsExactly("Sensor-7");
    assertThat(ids("U", Presence.ANY)).containsExactly("Sensor-7", "other");
    assertThat(ids("nothing of that", Presence.ANY)).isEmpty();
  }

  @Test
  void clients_whenThereAreMoreThanListed_thenTheyAreCountedAndPagesMeetWithoutAGap() {
    var expected = new ArrayList<String>();
    for (var i = 0; i < 50_000; i++) {
      var id = "client-%05d".formatted(i * 7_919 % 50_000);
      expected.add(id);
      apply(Frame.of(FrameType.CLIENT_ADD, "clientid", id, "username", "u" + i % 10));
    }
    apply(connected("$health-m-0"));
    expected.sort(null);

    var listed = new ArrayList<String>();
    for (var offset = 0; offset < 50_000; offset += 10_000) {
      var page = state.clients(query("", Presence.ANY, Order.ID, false, offset, 10_000));
      assertThat(page.total()).isEqualTo(50_000);
      page.clients().forEach(client -> listed.add(client.id()));
    }
    assertThat(listed).isEqualTo(expected);
    var found = state.clients(query("u3", Presence.ANY, Order.ID, true, 1, 2));
    assertThat(found.total()).isEqualTo(5_000);
    assertThat(found.clients()).hasSize(2);
    assertThat(state.clients(query("", Presence.ANY, Order.ID, false, 60_000, 9)).clients())
        .isEmpty();
  }

  @Test
  void clients_whenSorted_thenEqualOnesAreInTheOrderOfTheirIds() {
    connect("c");
    connect("a");
    connect("b");
    subscribe("b", "x");
    enqueue("a", 1, 1);
    apply(Frame.of(FrameType.OFFLINE, "clientid", "c"));
    assertThat(sorted(Order.ARRIVAL, false)).containsExactly("a", "b", "c");
    assertThat(sorted(Order.SUBSCRIPTIONS, true)).containsExactly("b", "a", "c");
    assertThat(sorted(Order.QUEUED, false)).containsExactly("b", "c", "a");
    assertThat(sorted(Order.CONNECTED, true)).containsExactly("c", "a", "b");
    assertThat(sorted(Order.USERNAME, true)).containsExactly("a", "b", "c");
    assertThat(sorted(Order.SINCE, false)).containsExactly("c", "a", "b");
    assertThat(sorted(Order.ADDRESS, false)).containsExactly("c", "a", "b");
    assertThat(sorted(Order.PROTOCOL, true)).containsExactly("a", "b", "c");
  }

  @Test
  void clients_whenAwayWithASessionThatEnds_thenItIsKnownSinceWhen() {
    apply(
        Frame.of(
            FrameType.CLIENT_ADD,
            "clientid", "a",
            "session_expiry_time", 5_000,
            "session_expiry_interval", 60));
    assertThat(state.client("a").flatMap(ClientInfo::since))
        .contains(Instant.ofEpochSecond(4_940));
  }

  private List<String> sorted(Order order, boolean descending) {
    return state
        .clients(query("", Presence.ANY, order, descending, 0, 10))
        .clients()
        .stream()
        .map(ClientInfo::id)
        .toList();
  }

  private List<String> ids(String search, Presence presence) {
    return state
        .clients(query(search, presence, Order.ARRIVAL, false, 0, 10))
        .clients()
        .stream()
        .map(ClientInfo::id)
        .toList();
  }

  private static ClientQuery query(
      String search, Presence presence, Order order, boolean down, int offset, int limit) {
    return new ClientQuery(search, presence, order, down, offset, limit);
  }

  @Test
  void snapshot_whenTakenAnywhereInARandomHistory_thenTheRestLeadsToTheSameState() {
    for (var seed = 1; seed <= 50; seed++) {
      var random = new Random(seed);
      var copy = new BrokerState(10_000, () -> now, json -> {});
      var copied = false;
      for (var i = 0; i < 400; i++) {
        var change = random(random);
        var entry = entry(change);
        state.apply(entry);
        if (copied) {
          copy.apply(entry);
        }
        if (i == 200) {
          copy.replace(state.records());
          copied = true;
        }
      }
      assertThat(copy.hash()).as("seed %d", seed).isEqualTo(state.hash());
      assertThat(copy.counts()).as("seed %d", seed).isEqualTo(state.counts());
    }
  }

  @Test
  void hash_whenOneByteDiffers_thenItDiffers() {
    connect("a");
    var before = state.hash();
    subscribe("a", "x");
    assertThat(state.hash()).isNotEqualTo(before);
  }

  private Frame[] random(Random random) {
    var client = "c" + random.nextInt(6);
    var number = random.nextInt(20);
    return switch (random.nextInt(14)) {
      case 0 ->
          new Frame[] {
            Frame.of(FrameType.CLIENT_ADD, "clientid", client, "username", "u"),
            will(client, "w"),
            connected(client)
          };
      case 1 -> new Frame[] {Frame.of(FrameType.OFFLINE, "clientid", client)};
      case 2 -> new Frame[] {Frame.of(FrameType.CLIENT_DELETE, "clientid", client)};
      case 3 ->
          new Frame[] {
            Frame.of(FrameType.SUBSCRIPTION_ADD, "clientid", client, "topic", "t" + number)
          };
      case 4 ->
          new Frame[] {
            Frame.of(FrameType.SUBSCRIPTION_DELETE, "clientid", client, "topic", "t" + number)
          };
      case 5, 6 -> new Frame[] {queued(FrameType.CLIENT_MSG_ADD, client, number, number)};
      case 7 -> new Frame[] {queued(FrameType.CLIENT_MSG_DELETE, client, number, number)};
      case 8 ->
          new Frame[] {
            Frame.of(
                FrameType.BASE_MSG_ADD, "store_id", number, "payload", new byte[random.nextInt(9)])
          };
      case 9 -> new Frame[] {Frame.of(FrameType.BASE_MSG_DELETE, "store_id", number)};
      case 10 ->
          new Frame[] {Frame.of(FrameType.RETAIN_SET, "topic", "t" + number, "store_id", number)};
      case 11 -> new Frame[] {Frame.of(FrameType.SECURITY, "file", new byte[] {(byte) number})};
      case 12 ->
          new Frame[] {
            Frame.of(FrameType.BEGINNING, "epoch", 2, "time_ms", now, "will_grace_ms", 5)
          };
      default -> new Frame[] {connected("passing-" + client), subscribed("passing-" + client)};
    };
  }

  private void connect(String client) {
    apply(
        Frame.of(
            FrameType.CLIENT_ADD,
            "clientid", client,
            "username", "u",
            "session_expiry_interval", 0xFFFFFFFFL),
        will(client, "gone"),
        connected(client));
  }

  private void subscribe(String client, String filter) {
    apply(
        Frame.of(
            FrameType.SUBSCRIPTION_ADD, "clientid", client, "topic", filter, "options", 1));
  }

  private void enqueue(String client, long cmsg, long store) {
    apply(queued(FrameType.CLIENT_MSG_ADD, client, cmsg, store));
  }

  private void fail() {
    apply(
        Frame.of(FrameType.BEGINNING, "epoch", 2, "time_ms", now, "will_grace_ms", 10_000));
  }

  private static Frame will(String client, String topic) {
    return Frame.of(
        FrameType.WILL_ADD, "clientid", client, "topic", topic, "payload", new byte[] {1});
  }

  private static Frame connected(String client) {
    return Frame.of(
        FrameType.CONNECT,
        "clientid", client,
        "username", "u",
        "address", "10.1.2.3",
        "protocol_version", 5);
  }

  private static Frame subscribed(String client) {
    return Frame.of(FrameType.SUBSCRIBE, "clientid", client, "topic", "y");
  }

  private static Frame queued(FrameType type, String client, long cmsg, long store) {
    return Frame.of(
        type, "clientid", client, "cmsg_id", cmsg, "store_id", store, "direction", 1, "qos", 1);
  }

  private void apply(Frame... changes) {
    state.apply(entry(changes));
  }

  private Entry entry(Frame... changes) {
    var body = new ByteArrayOutputStream();
    for (var change : changes) {
      body.writeBytes(change.encode());
    }
    return new Entry(++index, 1, index, body.toByteArray());
  }
}
