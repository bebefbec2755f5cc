package io.mosquittoha.bench.ledger;

import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Publishes numbered messages without pause. The state of each is kept here, by MQTT's rules for a
 * session: after a reconnect, what was not acknowledged is sent again in the order of old, with DUP
 * and under its packet id; what was half acknowledged (PUBREC) goes on with PUBREL.
 */
final class Publisher extends Persistent {
  private enum State {
    /** PUBLISH was sent, no answer yet. */
    SENT,
    /** PUBREC was received: it is the broker's, only PUBCOMP is missing. */
    RELEASED
  }

  private static final class Message {
    private final int number;
    private State state = State.SENT;

    private Message(int number) {
      this.number = number;
    }
  }

  private final int author;
  private final int qos;
  private final String topic;
  private final int payload;
  private final int window;
  private final double period;
  private final Map<Integer, Message> open = new LinkedHashMap<>();
  private int next;
  private int lastId;
  private double due;
  private boolean publishing;

  /** Of the first acknowledgement on the connection of now, and of the last one of all. */
  long firstAcknowledged;

  long lastAcknowledged;
  private long longestGap;

  Publisher(
      Loop loop,
      Ledger ledger,
      Identity identity,
      Returning returning,
      int author,
      int qos,
      String topic,
      Plan plan) {
    super(loop, ledger, identity, returning);
    this.author = author;
    this.qos = qos;
    this.topic = topic;
    this.payload = plan.payload();
    this.window = plan.window();
    this.period = 1e9 / plan.rate();
  }

  void begin() {
    publishing = true;
    due = System.nanoTime();
    lastAcknowledged = System.nanoTime();
    pump();
  }

  void end() {
    publishing = false;
  }

  boolean settled() {
    return open.isEmpty();
  }

  /** The longest time without an acknowledgement since this was last asked, in nanoseconds. */
  long takeLongestGap() {
    var gap = Math.max(longestGap, System.nanoTime() - lastAcknowledged);
    longestGap = 0;
    return gap;
  }

  /** To be called every millisecond. */
  void tick() {
    if (connected() && !silence().isZero() && !open.isEmpty()) {
      var quiet = System.nanoTime() - Math.max(lastAcknowledged, connectedAt);
      if (quiet > silence().toNanos()) {
        abandon("no acknowledgement for " + silence().toMillis() + " ms");
        return;
      }
    }
    pump();
  }

  private void pump() {
    var now = System.nanoTime();
    while (publishing
        && connected()
        && open.size() < Math.min(window, receiveMaximum)
        && due <= now) {
      do {
        lastId = lastId % 65_535 + 1;
      } while (open.containsKey(lastId));
      var message = new Message(next++);
      open.put(lastId, message);
      send(lastId, message, false);
      due += period;
    }
    // What could not be sent while away is not made up for in a burst.
    due = Math.max(due, now - 10 * period);
  }

  private void send(int id, Message message, boolean dup) {
    var bytes = new byte[payload];
    ByteBuffer.wrap(bytes).putInt(author).putInt(message.number);
    wire().publish(topic, bytes, qos, id, dup);
  }

  @Override
  void resume(boolean present, boolean gone) {
    firstAcknowledged = 0;
    // Without a session nobody waits for a PUBREL any more.
    if (gone) {
      open.values().removeIf(message -> message.state == State.RELEASED);
    }
    for (var entry : open.entrySet()) {
      if (entry.getValue().state == State.RELEASED) {
        wire().reply(MqttMessageType.PUBREL, entry.getKey());
      } else {
        send(entry.getKey(), entry.getValue(), present);
      }
    }
    pump();
  }

  @Override
  public void reply(MqttMessageType type, int packetId, int reason) {
    var message = open.get(packetId);
    switch (type) {
      case PUBACK -> {
        if (message != null && qos == 1) {
          open.remove(packetId);
          settle(message, reason);
        }
      }
      case PUBREC -> {
        if (message != null && qos == 2 && message.state == State.SENT) {
          settle(message, reason);
          if (reason >= 0x80) {
            open.remove(packetId);
            return;
          }
          message.state = State.RELEASED;
        }
        // Also when it is said again, as some brokers do after a reconnect: they wait for this.
        wire().reply(MqttMessageType.PUBREL, packetId);
      }
      case PUBCOMP -> {
        if (message != null && message.state == State.RELEASED) {
          open.remove(packetId);
        }
      }
      default -> ledger.breach(name() + " was sent " + type + " for packet id " + packetId);
    }
    pump();
  }

  private void settle(Message message, int reason) {
    var now = System.nanoTime();
    if (reason >= 0x80) {
      ledger.refused(author, message.number, reason);
      return;
    }
    ledger.acknowledged(author, message.number);
    longestGap = Math.max(longestGap, now - lastAcknowledged);
    lastAcknowledged = now;
    if (firstAcknowledged == 0) {
      firstAcknowledged = now;
    }
  }
}
