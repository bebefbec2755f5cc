package io.mosquittoha.bench.ledger;

import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.util.HashMap;
import java.util.Map;

/**
 * Receives everything with a session of its own, by MQTT's rules for a receiver: a QoS 2 message
 * reaches the application once for each packet id, until its PUBREL has come.
 */
final class Subscriber extends Persistent {
  private final int reader;
  private final String filter;
  private final int qos;

  /** The packet ids of QoS 2 that have not been released, and what came under them. */
  private final Map<Integer, Long> halfReceived = new HashMap<>();

  private boolean subscribed;

  /** Of the first message on the connection of now. */
  long firstReceived;

  Subscriber(
      Loop loop,
      Ledger ledger,
      Identity identity,
      Returning returning,
      int reader,
      String filter,
      int qos) {
    super(loop, ledger, identity, returning);
    this.reader = reader;
    this.filter = filter;
    this.qos = qos;
  }

  boolean subscribed() {
    return subscribed;
  }

  @Override
  void resume(boolean present, boolean gone) {
    firstReceived = 0;
    if (!present) {
      halfReceived.clear();
      wire().subscribe(1, filter, qos);
    }
  }

  @Override
  public void subscribed(int packetId, int granted) {
    subscribed = granted < 0x80;
    if (!subscribed) {
      ledger.breach(name() + " was refused its subscription");
    }
  }

  @Override
  public void message(int packetId, int qos, boolean dup, ByteBuf payload) {
    if (firstReceived == 0) {
      firstReceived = System.nanoTime();
    }
    if (payload.readableBytes() < 8) {
      ledger.breach(name() + " received a message that nobody sent");
      return;
    }
    var label = payload.getLong(payload.readerIndex());
    var author = (int) (label >>> 32);
    var number = (int) label;
    switch (qos) {
      case 2 -> {
        var before = halfReceived.putIfAbsent(packetId, label);
        if (before == null) {
          ledger.received(reader, author, number);
        } else if (before != label) {
          ledger.breach(
              name()
                  + " received another message under packet id "
                  + packetId
                  + " before its PUBREL");
        }
        wire().reply(MqttMessageType.PUBREC, packetId);
      }
      case 1 -> {
        ledger.received(reader, author, number);
        wire().reply(MqttMessageType.PUBACK, packetId);
      }
      default -> ledger.received(reader, author, number);
    }
  }

  @Override
  public void reply(MqttMessageType type, int packetId, int reason) {
    if (type == MqttMessageType.PUBREL) {
      halfReceived.remove(packetId);
      wire().reply(MqttMessageType.PUBCOMP, packetId);
    }
  }
}
