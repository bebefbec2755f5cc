package io.mosquittoha.bench.stub;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in memory, QoS 0 to 2, every message to every subscriber. It keeps its word, but for the
 * one mistake it is told to make with a message; the messages of a publisher are numbered in their
 * bytes 4 to 7.
 */
public final class StubBroker implements AutoCloseable {
  /** What it does wrong. */
  public enum Mistake {
    NONE,
    /** Acknowledges the message and delivers it to nobody. */
    LOSE,
    /** Delivers it twice, as two messages. */
    DELIVER_TWICE,
    /** Sends the same packet again, with DUP, before its PUBREL; MQTT allows it. */
    REPEAT_THE_PACKET,
    /** Delivers it after its successor. */
    DELIVER_LATE,
    /**
     * Ends the publisher's connection instead of answering its PUBLISH; does nothing with the
     * message.
     */
    CUT_BEFORE_THE_ANSWER,
    /** Ends the publisher's connection instead of answering its PUBREL. */
    CUT_BEFORE_PUBCOMP,
    /** Ends all connections and forgets all sessions. */
    FORGET_SESSIONS,
    /** Ends all connections; sessions stay. */
    CUT_ALL
  }

  /** A packet that came from a publisher. */
  public record Seen(MqttMessageType type, int packetId, boolean dup, int number) {}

  private static final class Session {
    private @Nullable Channel channel;
    private boolean persistent;
    private boolean subscribed;
    private int lastId;

    /** QoS 2 of a publisher: what waits for PUBREL. */
    private final Map<Integer, Integer> halfReceived = new HashMap<>();

    /** To a subscriber: what was sent and not acknowledged, and what waits for a connection. */
    private final Map<Integer, Delivery> unacknowledged = new LinkedHashMap<>();

    private final Deque<Delivery> queue = new ArrayDeque<>();
  }

  private record Delivery(String topic, byte[] payload, int qos) {}

  private final EventLoopGroup group = new NioEventLoopGroup(1);
  private final Map<String, Session> sessions = new HashMap<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final Mistake mistake;
  private final int at;
  private final Channel server;
  private boolean made;
  private @Nullable Delivery late;

  /** Makes the mistake with the message of this number, once. */
  public StubBroker(Mistake mistake, int at) {
    this.mistake = mistake;
    this.at = at;
    this.server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new MqttDecoder(1 << 20), MqttEncoder.INSTANCE, new Inbound());
                  }
                })
            .bind("127.0.0.1", 0)
            .syncUninterruptibly()
            .channel();
  }

  public int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  /** What publishers sent. */
  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }

  private boolean now(Mistake which, int number) {
    if (mistake == which && number == at && !made) {
      made = true;
      return true;
    }
    return false;
  }

  private void cutAll() {
    new ArrayList<>(sessions.values())
        .forEach(session -> {
          if (session.channel != null) {
            session.channel.close();
            session.channel = null;
          }
        });
  }

  private void deliver(Delivery delivery, int number) {
    if (now(Mistake.LOSE, number)) {
      return;
    }
    if (now(Mistake.DELIVER_LATE, number)) {
      late = delivery;
      return;
    }
    var twice = now(Mistake.DELIVER_TWICE, number);
    var repeat = now(Mistake.REPEAT_THE_PACKET, number);
    for (var session : sessions.values()) {
      if (session.subscribed) {
        send(session, delivery, repeat);
        if (twice) {
          send(session, delivery, false);
        }
        if (late != null) {
          send(session, late, false);
        }
      }
    }
    late = null;
  }

  private static void send(Session session, Delivery delivery, boolean repeat) {
    if (session.channel == null) {
      session.queue.add(delivery);
      return;
    }
    var id = 0;
    if (delivery.qos() > 0) {
      session.lastId = session.lastId % 65_535 + 1;
      id = session.lastId;
      session.unacknowledged.put(id, delivery);
    }
    publish(session.channel, delivery, id, false);
    if (repeat) {
      publish(session.channel, delivery, id, true);
    }
  }

  private static void publish(Channel channel, Delivery delivery, int id, boolean dup) {
    channel.writeAndFlush(
        new MqttPublishMessage(
            new MqttFixedHeader(
                MqttMessageType.PUBLISH, dup, MqttQoS.valueOf(delivery.qos()), false, 0),
            new MqttPublishVariableHeader(delivery.topic(), id, MqttProperties.NO_PROPERTIES),
            Unpooled.wrappedBuffer(delivery.payload())));
  }

  private static void reply(ChannelHandlerContext context, MqttMessageType type, int id) {
    var qos = type == MqttMessageType.PUBREL ? MqttQoS.AT_LEAST_ONCE : MqttQoS.AT_MOST_ONCE;
    context.writeAndFlush(
        new MqttMessage(
            new MqttFixedHeader(type, false, qos, false, 0), MqttMessageIdVariableHeader.from(id)));
  }

  private final class Inbound extends SimpleChannelInboundHandler<MqttMessage> {
    private Session session = new Session();

    @Override
    protected void channelRead0(ChannelHandlerContext context, MqttMessage message) {
      switch (message.fixedHeader().messageType()) {
        case CONNECT -> connect(context, (MqttConnectMessage) message);
        case SUBSCRIBE -> {
          session.subscribed = true;
          var subscribe = (MqttSubscribeMessage) message;
          context.writeAndFlush(
              MqttMessageBuilders.subAck()
                  .packetId(subscribe.variableHeader().messageId())
                  .addGrantedQos(subscribe.payload().topicSubscriptions().getFirst().option().qos())
                  .build());
        }
        case PUBLISH -> published(context, (MqttPublishMessage) message);
        case PUBREL -> released(context, id(message));
        case PUBACK, PUBCOMP -> session.unacknowledged.remove(id(message));
        case PUBREC -> reply(context, MqttMessageType.PUBREL, id(message));
        case PINGREQ -> context.writeAndFlush(MqttMessage.PINGRESP);
        default -> {}
      }
    }

    private void connect(ChannelHandlerContext context, MqttConnectMessage message) {
      var name = message.payload().clientIdentifier();
      var clean = message.variableHeader().isCleanSession();
      var before = clean ? null : sessions.get(name);
      session = before == null ? new Session() : before;
      session.persistent = !clean;
      session.channel = context.channel();
      sessions.put(name, session);
      context.writeAndFlush(
          MqttMessageBuilders.connAck()
              .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
              .sessionPresent(before != null)
              .build());
      session.unacknowledged.forEach(
          (id, delivery) -> publish(context.channel(), delivery, id, true));
      while (!session.queue.isEmpty()) {
        send(session, session.queue.poll(), false);
      }
    }

    private void published(ChannelHandlerContext context, MqttPublishMessage message) {
      var id = message.variableHeader().packetId();
      var qos = message.fixedHeader().qosLevel().value();
      var payload = bytes(message.payload());
      var number = message.payload().getInt(message.payload().readerIndex() + 4);
      seen.add(new Seen(MqttMessageType.PUBLISH, id, message.fixedHeader().isDup(), number));
      if (now(Mistake.CUT_BEFORE_THE_ANSWER, number)) {
        context.close();
        return;
      }
      if (now(Mistake.CUT_ALL, number)) {
        cutAll();
        return;
      }
      if (now(Mistake.FORGET_SESSIONS, number)) {
        cutAll();
        sessions.clear();
        return;
      }
      var again = qos == 2 && session.halfReceived.containsKey(id);
      if (!again) {
        deliver(new Delivery(message.variableHeader().topicName(), payload, qos), number);
      }
      if (qos == 1) {
        reply(context, MqttMessageType.PUBACK, id);
      } else if (qos == 2) {
        session.halfReceived.put(id, number);
        reply(context, MqttMessageType.PUBREC, id);
      }
    }

    private void released(ChannelHandlerContext context, int id) {
      var number = session.halfReceived.getOrDefault(id, -1);
      seen.add(new Seen(MqttMessageType.PUBREL, id, false, number));
      if (now(Mistake.CUT_BEFORE_PUBCOMP, number)) {
        context.close();
        return;
      }
      session.halfReceived.remove(id);
      reply(context, MqttMessageType.PUBCOMP, id);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (session.channel == context.channel()) {
        session.channel = null;
        if (!session.persistent) {
          sessions.values().remove(session);
        }
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }

    private static int id(MqttMessage message) {
      return ((MqttMessageIdVariableHeader) message.variableHeader()).messageId();
    }

    private static byte[] bytes(ByteBuf payload) {
      return ByteBufUtil.getBytes(payload);
    }
  }
}
