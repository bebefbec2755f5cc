package io.mosquittoha.bench.load;

import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.mosquittoha.bench.mqtt.MqttFailure;
import io.mosquittoha.bench.mqtt.Target;
import io.mosquittoha.bench.mqtt.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The thin client. It does not reconnect: under load a lost connection is a finding. */
final class WireClient implements Client, Wire.Listener {
  private final Loop loop;
  private final Target target;
  private final Identity identity;
  private final Ears ears;
  private final CompletableFuture<Integer> connected = new CompletableFuture<>();
  private final CompletableFuture<Integer> subscribed = new CompletableFuture<>();
  private final Map<Integer, Runnable> unacknowledged = new HashMap<>();
  private final BitSet halfReceived = new BitSet();
  private @Nullable Wire wire;
  private int lastId;

  WireClient(Loop loop, Target target, Identity identity, Ears ears) {
    this.loop = loop;
    this.target = target;
    this.identity = identity;
    this.ears = ears;
  }

  @Override
  public CompletableFuture<Integer> connect() {
    wire = Wire.connect(loop, target, identity, Duration.ofSeconds(10), this);
    return connected;
  }

  private Wire wire() {
    if (wire == null) {
      throw new IllegalStateException("not connected");
    }
    return wire;
  }

  private int nextId() {
    do {
      lastId = lastId % 65_535 + 1;
    } while (unacknowledged.containsKey(lastId));
    return lastId;
  }

  @Override
  public CompletableFuture<Integer> subscribe(String filter, int qos) {
    wire().subscribe(nextId(), filter, qos);
    return subscribed;
  }

  @Override
  public void publish(String topic, byte[] payload, int qos, Runnable acknowledged) {
    var id = 0;
    if (qos > 0) {
      id = nextId();
      unacknowledged.put(id, acknowledged);
    }
    wire().publish(topic, payload, qos, id, false);
  }

  @Override
  public void disconnect() {
    wire().disconnect();
  }

  @Override
  public void connected(boolean sessionPresent, int receiveMaximum) {
    connected.complete(receiveMaximum);
  }

  @Override
  public void subscribed(int packetId, int granted) {
    if (granted < 0x80) {
      subscribed.complete(granted);
    } else {
      subscribed.completeExceptionally(new MqttFailure(target + " refused a subscription"));
    }
  }

  @Override
  public void message(int packetId, int qos, boolean dup, ByteBuf payload) {
    if (qos < 2 || !halfReceived.get(packetId)) {
      ears.message(payload.nioBuffer());
    }
    if (qos == 1) {
      wire().reply(MqttMessageType.PUBACK, packetId);
    } else if (qos == 2) {
      halfReceived.set(packetId);
      wire().reply(MqttMessageType.PUBREC, packetId);
    }
  }

  @Override
  public void reply(MqttMessageType type, int packetId, int reason) {
    switch (type) {
      case PUBREC -> {
        if (reason < 0x80) {
          wire().reply(MqttMessageType.PUBREL, packetId);
        } else {
          acknowledged(packetId);
        }
      }
      case PUBREL -> {
        halfReceived.clear(packetId);
        wire().reply(MqttMessageType.PUBCOMP, packetId);
      }
      default -> acknowledged(packetId);
    }
  }

  private void acknowledged(int packetId) {
    var waiting = unacknowledged.remove(packetId);
    if (waiting != null) {
      waiting.run();
    }
  }

  @Override
  public void lost(String why) {
    var failure = new MqttFailure(identity.clientId() + " at " + target + ": " + why);
    connected.completeExceptionally(failure);
    subscribed.completeExceptionally(failure);
    ears.lost(failure.getMessage() == null ? why : failure.getMessage());
  }
}
