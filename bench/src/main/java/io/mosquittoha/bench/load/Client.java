package io.mosquittoha.bench.load;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** An MQTT client as a load needs it. All of it, callbacks too, happens on the loop's thread. */
interface Client {
  /** What a client hears without asking. */
  interface Ears {
    void message(ByteBuffer payload);

    void lost(String why);
  }

  /** Connects; the result is how many QoS 1 and 2 messages the broker takes at a time. */
  CompletableFuture<Integer> connect();

  /** Subscribes; the result is the quality of service that was granted. */
  CompletableFuture<Integer> subscribe(String filter, int qos);

  /** Publishes; with QoS 0 there is no acknowledgement, and {@code acknowledged} is never run. */
  void publish(String topic, byte[] payload, int qos, Runnable acknowledged);

  void disconnect();
}
