package io.mosquittoha.management.security;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5UnsubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.unsuback.Mqtt5UnsubAckReasonCode;
import io.mosquittoha.management.mqtt.Control;
import io.mosquittoha.management.security.Wish.DeleteAccount;
import io.mosquittoha.management.security.Wish.DeleteGroup;
import io.mosquittoha.management.security.Wish.DeleteRole;
import io.mosquittoha.management.security.Wish.SetAnonymousGroup;
import io.mosquittoha.management.security.Wish.SetDefaults;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Asks a real broker what {@link AclDecision} is asked, and compares. Makes up accounts, groups and
 * roles there, connects with them, and has them publish, subscribe, unsubscribe and receive; puts
 * everything back afterwards.
 */
public final class AclDifferential {

  static final long PATIENCE_SECONDS = 20;

  private final String host;
  private final int port;
  private final String admin;
  private final String adminPassword;
  private final boolean anonymous;

  /**
   * @param admin an account with the role {@code super-admin}
   * @param anonymous whether the broker lets in clients without a name
   */
  public AclDifferential(
      String host, int port, String admin, String adminPassword, boolean anonymous) {
    this.host = host;
    this.port = port;
    this.admin = admin;
    this.adminPassword = adminPassword;
    this.anonymous = anonymous;
  }

  /**
   * What came out.
   *
   * @param compared cases per action
   * @param allowed how many of all the broker allowed
   * @param bases on what the decisions rested, and how often
   * @param disagreements one line each
   */
  public record Report(
      Map<Action, Integer> compared,
      int allowed,
      Map<Decision.Basis, Integer> bases,
      List<String> disagreements) {

    public int cases() {
      return compared.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  /** Compares that many cases, of one made-up world for each hundred. */
  public Report run(long seed, int cases) throws Exception {
    var report =
        new Report(
            new EnumMap<>(Action.class), 0, new EnumMap<>(Decision.Basis.class), new ArrayList<>());
    try (var control = new AdminControl(host, port, admin, adminPassword)) {
      for (int done = 0; done < cases; done += 100, seed++) {
        report = world(control, seed, Math.min(100, cases - done), report);
      }
    }
    return report;
  }

  private Report world(Control control, long seed, int cases, Report sum) throws Exception {
    var world = AclWorld.of(seed, cases, "proof%d-".formatted(seed));
    var reader = new PolicyReader(control);
    var before = reader.read();
    // Names of an earlier run that was killed are taken away, too.
    control.send(
        Plan.of(before, removal(before, world.prefix(), before.anonymousGroup())).commands());
    before = reader.read();
    control.send(
        Plan.of(
                before,
                world.wishes().stream()
                    .filter(wish -> anonymous || !(wish instanceof SetAnonymousGroup))
                    .toList())
            .commands());
    try (var clients = new Clients(world)) {
      var policy = reader.read();
      int allowed = sum.allowed();
      for (var question : world.questions()) {
        if (question.username().isEmpty() && !anonymous) {
          continue;
        }
        var decision = AclDecision.decide(policy, question);
        boolean real = clients.ask(question);
        sum.compared().merge(question.action(), 1, Integer::sum);
        sum.bases().merge(decision.basis(), 1, Integer::sum);
        allowed += real ? 1 : 0;
        if (real != decision.allowed()) {
          sum.disagreements()
              .add(
                  "seed %d: %s: the broker %s; %s"
                      .formatted(seed, question, real ? "allows" : "refuses", decision.why()));
        }
      }
      return new Report(sum.compared(), allowed, sum.bases(), sum.disagreements());
    } finally {
      var now = reader.read();
      var back = new ArrayList<Wish>();
      back.add(new SetDefaults(before.defaults()));
      // The broker keeps its anonymous group, and can't be without one again.
      var kept = before.anonymousGroup().isEmpty() ? now.anonymousGroup() : before.anonymousGroup();
      if (!kept.isEmpty()) {
        back.add(new SetAnonymousGroup(kept));
      }
      back.addAll(removal(now, world.prefix(), kept));
      control.send(Plan.of(now, back).commands());
    }
  }

  private static List<Wish> removal(Policy policy, String prefix, String kept) {
    var wishes = new ArrayList<Wish>();
    policy.accounts().keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .forEach(name -> wishes.add(new DeleteAccount(name)));
    policy.groups().keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .filter(name -> !name.equals(kept))
        .forEach(name -> wishes.add(new DeleteGroup(name)));
    policy.roles().keySet().stream()
        .filter(name -> name.startsWith(prefix))
        .forEach(name -> wishes.add(new DeleteRole(name)));
    return wishes;
  }

  private final class Clients implements AutoCloseable {
    private final AclWorld world;
    private final Map<String, Mqtt5AsyncClient> open = new HashMap<>();
    private final Map<String, LinkedBlockingQueue<String>> received = new HashMap<>();
    private int marks;

    Clients(AclWorld world) {
      this.world = world;
    }

    /** Whether the broker lets it be done. */
    boolean ask(Question question) throws Exception {
      var name = question.username();
      // One that only publishes has a client id that is in no rule.
      var client = client(name, question.clientId());
      return switch (question.action()) {
        case PUBLISH -> publish(client, question.topic());
        case SUBSCRIBE -> subscribe(client, question.topic());
        case UNSUBSCRIBE -> unsubscribe(client, question.topic());
        case RECEIVE -> receive(client, name + "/" + question.clientId(), question.topic());
      };
    }

    private boolean receive(Mqtt5AsyncClient client, String key, String topic) throws Exception {
      var mark = AclWorld.MARKERS + marks++;
      if (!subscribe(client, topic) || !subscribe(client, mark)) {
        throw new AssertionError("the receiver may not subscribe to " + topic);
      }
      var prober = client(world.prober(), world.prefix() + "prober");
      if (!publish(prober, topic) || !publish(prober, mark)) {
        throw new AssertionError("the prober may not publish to " + topic);
      }
      boolean got = false;
      while (true) {
        var next = received.get(key).poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
          throw new AssertionError("the receiver did not hear the mark after " + topic);
        }
        if (next.equals(mark)) {
          return got;
        }
        got |= next.equals(topic);
      }
    }

    private boolean publish(Mqtt5AsyncClient client, String topic) throws Exception {
      var sent =
          client
              .publishWith()
              .topic(topic)
              .qos(MqttQos.AT_LEAST_ONCE)
              .payload("x".getBytes(StandardCharsets.UTF_8))
              .send();
      try {
        var error = get(sent).getError();
        if (error.isEmpty()) {
          return true;
        }
        throw (Exception) error.get();
      } catch (Mqtt5PubAckException e) {
        return refused(
            e.getMqttMessage().getReasonCode() == Mqtt5PubAckReasonCode.NOT_AUTHORIZED, e);
      }
    }

    private boolean subscribe(Mqtt5AsyncClient client, String filter) throws Exception {
      try {
        get(client.subscribeWith().topicFilter(filter).qos(MqttQos.AT_MOST_ONCE).send());
        return true;
      } catch (Mqtt5SubAckException e) {
        return refused(
            e.getMqttMessage().getReasonCodes().contains(Mqtt5SubAckReasonCode.NOT_AUTHORIZED), e);
      }
    }

    private boolean unsubscribe(Mqtt5AsyncClient client, String filter) throws Exception {
      try {
        get(client.unsubscribeWith().topicFilter(filter).send());
        return true;
      } catch (Mqtt5UnsubAckException e) {
        return refused(
            e.getMqttMessage().getReasonCodes().contains(Mqtt5UnsubAckReasonCode.NOT_AUTHORIZED),
            e);
      }
    }

    private static boolean refused(boolean expected, Exception e) throws Exception {
      if (expected) {
        return false;
      }
      throw e;
    }

    private Mqtt5AsyncClient client(String username, String clientId) throws Exception {
      var key = username + "/" + clientId;
      var known = open.get(key);
      if (known != null && known.getState().isConnected()) {
        return known;
      }
      // The same client id with another name takes over: both are asked in turn.
      for (var other : List.copyOf(open.keySet())) {
        if (other.endsWith("/" + clientId)) {
          disconnect(open.remove(other));
        }
      }
      var queue = new LinkedBlockingQueue<String>();
      var client = connect(host, port, clientId, username, world.password(), queue);
      open.put(key, client);
      received.put(key, queue);
      return client;
    }

    @Override
    public void close() {
      open.values().forEach(AclDifferential::disconnect);
    }
  }

  static Mqtt5AsyncClient connect(
      String host,
      int port,
      String clientId,
      String username,
      String password,
      LinkedBlockingQueue<String> received)
      throws Exception {
    return connect(host, port, clientId, username, password, received, false);
  }

  static Mqtt5AsyncClient connect(
      String host,
      int port,
      String clientId,
      String username,
      String password,
      LinkedBlockingQueue<String> received,
      boolean payloads)
      throws Exception {
    var client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier(clientId)
            .serverHost(host)
            .serverPort(port)
            .buildAsync();
    client.publishes(
        MqttGlobalPublishFilter.ALL,
        message ->
            received.add(
                payloads
                    ? new String(message.getPayloadAsBytes(), StandardCharsets.UTF_8)
                    : message.getTopic().toString()));
    var connect = client.connectWith().cleanStart(true);
    if (!username.isEmpty()) {
      connect =
          connect
              .simpleAuth()
              .username(username)
              .password(password.getBytes(StandardCharsets.UTF_8))
              .applySimpleAuth();
    }
    get(connect.send());
    return client;
  }

  static void disconnect(Mqtt5AsyncClient client) {
    try {
      get(client.disconnect());
    } catch (Exception e) {
      // It is gone already.
    }
  }

  static <T> T get(CompletableFuture<T> future) throws Exception {
    try {
      return future.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
