package io.mosquittoha.management.mqtt;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import com.hivemq.client.mqtt.exceptions.MqttClientStateException;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5UnsubAckException;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PayloadFormatIndicator;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAck;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.Mqtt5Unsubscribe;
import com.hivemq.client.mqtt.mqtt5.message.unsubscribe.unsuback.Mqtt5UnsubAck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One MQTT 5 connection, from CONNACK until it breaks; it does not come back by itself, so nothing
 * is sent a second time behind anybody's back. Calls block, and are meant for virtual threads. All
 * connections share one thread of Netty and no pool of buffers.
 */
public final class Connection implements AutoCloseable {

  /**
   * How to connect.
   *
   * @param address resolved
   * @param clientId or "" for one that the broker makes up
   * @param keepAlive how long silence may last, 0 for ever
   * @param tls how to speak TLS, if at all
   */
  public record Options(
      InetSocketAddress address,
      String clientId,
      Optional<Login> login,
      Duration keepAlive,
      Duration patience,
      Optional<MqttClientSslConfig> tls) {

    /** As most connections are. */
    public static Options of(InetSocketAddress address, String clientId, Login login) {
      return new Options(
          address,
          clientId,
          Optional.of(login),
          Duration.ofSeconds(15),
          Duration.ofSeconds(3),
          Optional.empty());
    }
  }

  /** What to subscribe to. */
  public record Subscription(String filter, int qos, Replay replay) {}

  /** Which retained messages a subscription brings, and what their flag then means. */
  public enum Replay {
    /** Those that are there, flagged; what comes later is not flagged. */
    FIRST,
    /** None that are there; what comes later is flagged as its publisher did. */
    NONE
  }

  /** The broker answered, with a refusal. */
  public static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Reason reason;

    RefusedException(Reason reason) {
      super(reason.toString(), null, false, false);
      this.reason = reason;
    }

    public Reason reason() {
      return reason;
    }
  }

  /** The connection broke, or was never made. */
  public static final class BrokenException extends IOException {
    private static final long serialVersionUID = 1;
    private final boolean sent;

    BrokenException(String message, boolean sent) {
      super(message);
      this.sent = sent;
    }

    /** Whether the broker may have got it. If not, it certainly has not. */
    public boolean sent() {
      return sent;
    }
  }

  // Netty's pools are made for servers: their first arena alone would be a tenth of what this
  // application may use. Both are read once, when Netty's classes are loaded.
  static {
    if (System.getProperty("io.netty.allocator.type") == null) {
      System.setProperty("io.netty.allocator.type", "unpooled");
    }
    if (System.getProperty("io.netty.noPreferDirect") == null) {
      System.setProperty("io.netty.noPreferDirect", "true");
    }
  }

  private final Mqtt5AsyncClient client;
  private final Duration patience;
  private final AtomicReference<@Nullable String> end;
  private final String id;

  private Connection(
      Mqtt5AsyncClient client,
      Duration patience,
      AtomicReference<@Nullable String> end,
      String id) {
    this.client = client;
    this.patience = patience;
    this.end = end;
    this.id = id;
  }

  /**
   * Connects, with a session that ends with the connection.
   *
   * @param messages gets what comes, in order, by Netty's thread: must not block
   * @param gone told once, in words, when an open connection has ended, but not of {@link #close}
   * @throws RefusedException if the broker says no
   * @throws BrokenException if nobody answers
   */
  public static Connection open(Options options, Consumer<Message> messages, Consumer<String> gone)
      throws RefusedException, BrokenException, InterruptedException {
    var end = new AtomicReference<@Nullable String>();
    var opened = new CompletableFuture<Boolean>();
    var builder =
        MqttClient.builder()
            .useMqttVersion5()
            .executorConfig()
            .nettyThreads(1)
            .applyExecutorConfig()
            .transportConfig()
            .serverAddress(options.address())
            .socketConnectTimeout(options.patience().toMillis(), TimeUnit.MILLISECONDS)
            .mqttConnectTimeout(options.patience().toMillis(), TimeUnit.MILLISECONDS)
            .sslConfig(options.tls().orElse(null))
            .applyTransportConfig()
            .addDisconnectedListener(context -> {
              var words = words(context);
              if (end.compareAndSet(null, words)) {
                opened.thenAccept(open -> {
                  if (open) {
                    gone.accept(words);
                  }
                });
              }
            });
    if (!options.clientId().isEmpty()) {
      builder.identifier(options.clientId());
    }
    var client = builder.buildAsync();
    client.publishes(MqttGlobalPublishFilter.ALL, publish -> messages.accept(message(publish)));
    var connect =
        client
            .connectWith()
            .cleanStart(true)
            .sessionExpiryInterval(0)
            .keepAlive(Math.toIntExact(options.keepAlive().toSeconds()));
    if (options.login().isPresent()) {
      var login = options.login().get();
      connect =
          connect.simpleAuth().username(login.name()).password(login.secret()).applySimpleAuth();
    }
    try {
      var ack = wait(connect.send(), options.patience().plusMillis(500), false);
      var id = ack.getAssignedClientIdentifier().map(Object::toString).orElse(options.clientId());
      opened.complete(true);
      return new Connection(client, options.patience(), end, id);
    } catch (Mqtt5ConnAckException e) {
      opened.complete(false);
      throw new RefusedException(Reason.ofConnect(e.getMqttMessage().getReasonCode().getCode()));
    } catch (BrokenException | InterruptedException e) {
      opened.complete(false);
      client.disconnect();
      throw e;
    } catch (Exception e) {
      opened.complete(false);
      throw new BrokenException(words(e), false);
    }
  }

  /** The client id, also if the broker made it up. */
  public String clientId() {
    return id;
  }

  /** Whether nothing is known to be wrong with it. */
  public boolean open() {
    return end.get() == null;
  }

  /**
   * Subscribes; a filter that is subscribed to already is not replayed.
   *
   * @return the broker's answer to each
   * @throws IllegalArgumentException if a filter is not valid
   */
  public List<Reason> subscribe(List<Subscription> subscriptions)
      throws BrokenException, InterruptedException {
    var all = new ArrayList<Mqtt5Subscription>();
    for (var one : subscriptions) {
      all.add(
          Mqtt5Subscription.builder()
              .topicFilter(one.filter())
              .qos(qos(one.qos()))
              .retainAsPublished(one.replay() == Replay.NONE)
              .retainHandling(
                  one.replay() == Replay.NONE
                      ? Mqtt5RetainHandling.DO_NOT_SEND
                      : Mqtt5RetainHandling.SEND)
              .build());
    }
    Mqtt5SubAck ack;
    try {
      ack =
          wait(
              client.subscribe(Mqtt5Subscribe.builder().addSubscriptions(all).build()),
              patience,
              true);
    } catch (Mqtt5SubAckException e) {
      ack = e.getMqttMessage();
    } catch (BrokenException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw broken(e);
    }
    return ack.getReasonCodes().stream().map(code -> Reason.of(code.getCode())).toList();
  }

  /** Ends subscriptions. */
  public List<Reason> unsubscribe(List<String> filters)
      throws BrokenException, InterruptedException {
    Mqtt5UnsubAck ack;
    try {
      ack =
          wait(
              client.unsubscribe(
                  Mqtt5Unsubscribe.builder()
                      .addTopicFilters(filters.stream().map(MqttTopicFilter::of).toList())
                      .build()),
              patience,
              true);
    } catch (Mqtt5UnsubAckException e) {
      ack = e.getMqttMessage();
    } catch (BrokenException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw broken(e);
    }
    return ack.getReasonCodes().stream().map(code -> Reason.of(code.getCode())).toList();
  }

  /**
   * Publishes, and waits for the acknowledgement if there is one.
   *
   * @throws IllegalArgumentException if the topic or a property is not valid
   */
  public Reason publish(Message message) throws BrokenException, InterruptedException {
    try {
      return reason(wait(client.publish(packet(message)), patience, true));
    } catch (Mqtt5PubAckException e) {
      return Reason.of(e.getMqttMessage().getReasonCode().getCode());
    } catch (Mqtt5PubRecException e) {
      return Reason.of(e.getMqttMessage().getReasonCode().getCode());
    } catch (BrokenException | InterruptedException e) {
      throw e;
    } catch (Exception e) {
      throw broken(e);
    }
  }

  /** What is wrong with a message, so that nobody publishes it; empty if nothing is. */
  public static Optional<String> fault(Message message) {
    try {
      packet(message);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(words(e));
    }
  }

  /** Says goodbye, and waits for nothing. */
  @Override
  public void close() {
    end.compareAndSet(null, "closed");
    client.disconnect().exceptionally(failed -> null);
  }

  private static Mqtt5Publish packet(Message message) {
    var properties = message.properties();
    var builder =
        Mqtt5Publish.builder()
            .topic(message.topic())
            .payload(message.payload())
            .qos(qos(message.qos()))
            .retain(message.retain());
    if (properties.text()) {
      builder.payloadFormatIndicator(Mqtt5PayloadFormatIndicator.UTF_8);
    }
    if (!properties.contentType().isEmpty()) {
      builder.contentType(properties.contentType());
    }
    if (!properties.responseTopic().isEmpty()) {
      builder.responseTopic(properties.responseTopic());
    }
    properties.correlation().ifPresent(builder::correlationData);
    properties.expirySeconds().ifPresent(builder::messageExpiryInterval);
    if (!properties.user().isEmpty()) {
      var user = builder.userProperties();
      for (var property : properties.user()) {
        user.add(property.name(), property.value());
      }
      user.applyUserProperties();
    }
    return builder.build();
  }

  private static Message message(Mqtt5Publish publish) {
    var user = new ArrayList<Message.Property>();
    for (var property : publish.getUserProperties().asList()) {
      user.add(new Message.Property(property.getName().toString(), property.getValue().toString()));
    }
    return new Message(
        publish.getTopic().toString(),
        publish.getPayloadAsBytes(),
        publish.getQos().getCode(),
        publish.isRetain(),
        new Message.Properties(
            publish
                .getPayloadFormatIndicator()
                .filter(Mqtt5PayloadFormatIndicator.UTF_8::equals)
                .isPresent(),
            publish.getContentType().map(Object::toString).orElse(""),
            publish.getResponseTopic().map(Object::toString).orElse(""),
            publish
                .getCorrelationData()
                .map(buffer -> {
                  var bytes = new byte[buffer.remaining()];
                  buffer.duplicate().get(bytes);
                  return bytes;
                }),
            publish.getMessageExpiryInterval(),
            user));
  }

  private static Reason reason(Mqtt5PublishResult result) {
    return switch (result) {
      case Mqtt5PublishResult.Mqtt5Qos1Result one ->
          Reason.of(one.getPubAck().getReasonCode().getCode());
      case Mqtt5PublishResult.Mqtt5Qos2Result two ->
          Reason.of(two.getPubRec().getReasonCode().getCode());
      default -> Reason.SUCCESS;
    };
  }

  private static MqttQos qos(int qos) {
    var known = MqttQos.fromCode(qos);
    if (known == null) {
      throw new IllegalArgumentException("QoS is 0, 1 or 2");
    }
    return known;
  }

  private BrokenException broken(Exception cause) {
    var why = end.get();
    // This client keeps nothing back while it is not connected: what it refuses was not sent.
    return new BrokenException(
        why == null ? words(cause) : why, !(cause instanceof MqttClientStateException));
  }

  private static <T> T wait(CompletableFuture<T> future, Duration patience, boolean sent)
      throws Exception {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      future.cancel(false);
      throw new BrokenException(
          "the broker did not answer within %.0f s".formatted(patience.toMillis() / 1e3), sent);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static String words(MqttClientDisconnectedContext context) {
    return switch (context.getSource()) {
      case USER -> "closed";
      case SERVER ->
          context.getCause() instanceof Mqtt5DisconnectException told
              ? "the broker ended the connection: "
                  + Reason.of(
                      told.getMqttMessage().getReasonCode()
                              instanceof com.hivemq.client.mqtt.mqtt5.message.Mqtt5ReasonCode code
                          ? code.getCode()
                          : 0x80)
              : "the broker closed the connection without a word";
      case CLIENT -> words(context.getCause());
    };
  }

  private static int code(Mqtt5DisconnectException told) {
    return told.getMqttMessage() instanceof Mqtt5Disconnect disconnect
        ? disconnect.getReasonCode().getCode()
        : Reason.UNSPECIFIED;
  }

  /** The innermost cause that says something. */
  private static String words(Throwable thrown) {
    var words = thrown.getMessage();
    for (var cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null) {
        words = cause.getMessage();
      }
    }
    return words == null ? thrown.getClass().getSimpleName() : words;
  }
}
