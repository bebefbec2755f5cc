package io.mosquittoha.certification;

import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.MqttFailure;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that each publish to themselves about a thousand times a second, until they are told to
 * stop.
 */
final class Load implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(1);
  private static final byte[] PAYLOAD = new byte[256];

  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong published = new AtomicLong();
  private final List<Thread> clients;

  private Load(List<Dial> dials) {
    clients =
        dials.stream()
            .map(dial -> Thread.ofPlatform().name("load").daemon().start(() -> run(dial)))
            .toList();
  }

  static Load none() {
    return new Load(List.of());
  }

  static Load on(Dial dial, int count) {
    return new Load(Collections.nCopies(count, dial));
  }

  long published() {
    return published.get();
  }

  private void run(Dial dial) {
    while (!stopped.get()) {
      var own = dial.withFreshId();
      var topic = "certification/load/" + own.clientId();
      try (var client = own.connect()) {
        client.subscribe(topic, 0);
        for (var sinceLast = 0; !stopped.get(); sinceLast++) {
          // Every now and then the broker has to acknowledge, so that the client can't run ahead of
          // it.
          client.publish(topic, PAYLOAD, sinceLast % 50 == 0 ? 1 : 0, false);
          published.incrementAndGet();
          client.inbox().clear();
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      } catch (MqttFailure e) {
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      }
    }
  }

  @Override
  public void close() {
    stopped.set(true);
    for (var client : clients) {
      try {
        client.join(Duration.ofSeconds(10));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
