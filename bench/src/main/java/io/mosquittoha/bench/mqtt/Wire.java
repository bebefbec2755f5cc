package io.mosquittoha.bench.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One MQTT connection, packet by packet, with no opinion on sessions: who uses it decides what is
 * sent again and what was acknowledged. To be used on its loop's thread only, which is also where
 * its listener is called.
 */
public final class Wire {
  /** What comes from the broker. */
  public interface Listener {
    /**
     * CONNACK; the session was there already or not, and how many messages the broker takes at a
     * time.
     */
    void connected(boolean sessionPresent, int receiveMaximum);

    /** A message; the payload is valid during the call. The packet id is 0 with QoS 0. */
    default void message(int packetId, int qos, boolean dup, ByteBuf payload) {}

    /** PUBACK, PUBREC, PUBREL or PUBCOMP; the reason is 0 with MQTT 3.1.1. */
    default void reply(MqttMessageType type, int packetId, int reason) {}

    /**
     * SUBACK; from 0x80 on it is a refusal, below it is the quality of service that was granted.
     */
    default void subscribed(int packetId, int granted) {}

    /** The connection ended, or never was; told exactly once, unless this side closed it. */
    void lost(String why);
  }

  private final Identity identity;
  private final Listener listener;
  private final boolean five;
  private @Nullable Channel channel;
  private @Nullable Future<?> timer;
  private boolean connected;
  private boolean over;
  private boolean flushing;
  private boolean heard;

  private Wire(Identity identity, Listener listener) {
    this.identity = identity;
    this.listener = listener;
    this.five = identity.version() == 5;
  }

  /** Begins to connect. CONNACK has to come within the patience. */
  public static Wire connect(
      Loop loop, Target target, Identity identity, Duration patience, Listener listener) {
    return connect(loop, target, null, identity, patience, listener);
  }

  /** The same, from an address of this machine. */
  public static Wire connect(
      Loop loop,
      Target target,
      @Nullable InetSocketAddress from,
      Identity identity,
      Duration patience,
      Listener listener) {
    var wire = new Wire(identity, listener);
    wire.timer =
        loop.executor()
            .schedule(
                () -> wire.end("no CONNACK within " + patience.toMillis() + " ms"),
                patience.toMillis(),
                TimeUnit.MILLISECONDS);
    var bootstrap =
        loop.bootstrap()
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) patience.toMillis())
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new MqttDecoder(16 << 20), MqttEncoder.INSTANCE, wire.new Inbound());
                  }
                });
    var opening =
        from == null
            ? bootstrap.connect(target.address())
            : bootstrap.connect(target.address(), from);
    wire.channel = opening.channel();
    opening.addListener(done -> {
      if (done.isSuccess()) {
        wire.hello();
      } else {
        wire.end("no connection: " + done.cause().getMessage());
      }
    });
    return wire;
  }

  public boolean connected() {
    return connected && !over;
  }

  public void publish(String topic, byte[] payload, int qos, int packetId, boolean dup) {
    publish(topic, Unpooled.wrappedBuffer(payload), qos, packetId, dup);
  }

  public void publish(String topic, ByteBuf payload, int qos, int packetId, boolean dup) {
    write(
        new MqttPublishMessage(
            new MqttFixedHeader(MqttMessageType.PUBLISH, dup, MqttQoS.valueOf(qos), false, 0),
            new MqttPublishVariableHeader(topic, packetId, MqttProperties.NO_PROPERTIES),
            payload));
  }

  /** Sends PUBACK, PUBREC, PUBREL or PUBCOMP. */
  public void reply(MqttMessageType type, int packetId) {
    var qos = type == MqttMessageType.PUBREL ? MqttQoS.AT_LEAST_ONCE : MqttQoS.AT_MOST_ONCE;
    write(
        new MqttMessage(
            new MqttFixedHeader(type, false, qos, false, 0),
            MqttMessageIdVariableHeader.from(packetId)));
  }

  public void subscribe(int packetId, String filter, int qos) {
    write(
        MqttMessageBuilders.subscribe()
            .messageId(packetId)
            .addSubscription(MqttQoS.valueOf(qos), filter)
            .build());
  }

  /** Says goodbye. */
  public void disconnect() {
    if (connected()) {
      write(MqttMessageBuilders.disconnect().build());
    }
    close();
  }

  /** Ends the connection without a word, as a crash of the client would. */
  public void close() {
    over = true;
    release();
  }

  private void hello() {
    var connect =
        MqttMessageBuilders.connect()
            .clientId(identity.clientId())
            .protocolVersion(five ? MqttVersion.MQTT_5 : MqttVersion.MQTT_3_1_1)
            .cleanSession(!identity.persistent())
            .keepAlive(identity.keepAlive());
    var credentials = identity.credentials();
    if (credentials.username() != null) {
      connect.hasUser(true).username(credentials.username());
    }
    if (credentials.password() != null) {
      connect.hasPassword(true).password(credentials.password().getBytes(StandardCharsets.UTF_8));
    }
    if (five && identity.persistent()) {
      var properties = new MqttProperties();
      properties.add(
          new MqttProperties.IntegerProperty(
              MqttProperties.MqttPropertyType.SESSION_EXPIRY_INTERVAL.value(), 86_400));
      connect.properties(properties);
    }
    write(connect.build());
  }

  private void write(MqttMessage message) {
    var channel = this.channel;
    if (channel == null || over) {
      if (message instanceof MqttPublishMessage publish) {
        publish.release();
      }
      return;
    }
    channel.write(message, channel.voidPromise());
    // One system call for what this turn of the loop writes.
    if (!flushing) {
      flushing = true;
      channel
          .eventLoop()
          .execute(() -> {
            flushing = false;
            channel.flush();
          });
    }
  }

  private void end(String why) {
    if (!over) {
      over = true;
      release();
      listener.lost(why);
    }
  }

  private void release() {
    if (timer != null) {
      timer.cancel(false);
    }
    if (channel != null) {
      channel.flush();
      channel.close();
    }
  }

  private void accepted(MqttConnAckMessage message) {
    var header = message.variableHeader();
    if (header.connectReturnCode() != MqttConnectReturnCode.CONNECTION_ACCEPTED) {
      end("refused: " + header.connectReturnCode());
      return;
    }
    connected = true;
    if (timer != null) {
      timer.cancel(false);
    }
    var channel = this.channel;
    if (identity.keepAlive() > 0 && channel != null) {
      var half = identity.keepAlive() * 500L;
      timer =
          channel.eventLoop().scheduleAtFixedRate(this::ping, half, half, TimeUnit.MILLISECONDS);
    }
    var maximum =
        header.properties().getProperty(MqttProperties.MqttPropertyType.RECEIVE_MAXIMUM.value());
    listener.connected(
        header.isSessionPresent(),
        maximum instanceof MqttProperties.IntegerProperty property ? property.value() : 65_535);
  }

  private void ping() {
    if (heard) {
      heard = false;
      write(MqttMessage.PINGREQ);
    } else {
      end("no answer to PINGREQ");
    }
  }

  private final class Inbound extends SimpleChannelInboundHandler<MqttMessage> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
      if (over) {
        return;
      }
      heard = true;
      if (message.decoderResult().isFailure()) {
        end("not MQTT: " + message.decoderResult().cause());
        return;
      }
      switch (message.fixedHeader().messageType()) {
        case CONNACK -> accepted((MqttConnAckMessage) message);
        case PUBLISH -> {
          var publish = (MqttPublishMessage) message;
          listener.message(
              publish.variableHeader().packetId(),
              publish.fixedHeader().qosLevel().value(),
              publish.fixedHeader().isDup(),
              publish.payload());
        }
        case PUBACK, PUBREC, PUBREL, PUBCOMP -> {
          var header = (MqttMessageIdVariableHeader) message.variableHeader();
          var reason =
              header instanceof MqttPubReplyMessageVariableHeader reply
                  ? reply.reasonCode() & 0xff
                  : 0;
          listener.reply(message.fixedHeader().messageType(), header.messageId(), reason);
        }
        case SUBACK -> {
          var acknowledged = (MqttSubAckMessage) message;
          listener.subscribed(
              acknowledged.variableHeader().messageId(),
              acknowledged.payload().reasonCodes().getFirst() & 0xff);
        }
        case DISCONNECT -> end("the broker said DISCONNECT");
        default -> {}
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end("the connection was closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end("the connection broke: " + cause.getMessage());
    }
  }
}
