package io.mosquittoha.agent.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two streams of bytes: each whole, in order, and ended as it was ended. */
class GateStreamTest {

  private static final int CONNECTIONS = 200;
  private static final int BYTES = 500_000;

  private final Ledger ledger = new Ledger();

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void many_slow_connections_lose_and_double_nothing(int loops) throws Exception {
    var over = new AtomicBoolean();
    try (var broker = StubBroker.that(this::talk);
        var gate = gate(settings(broker.address()).withLoops(loops).withHeldBytesTotal(8 << 20));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var committer =
          Thread.ofVirtual()
              .start(() -> {
                var random = new Random(7);
                while (!over.get()) {
                  LockSupport.parkNanos(random.nextInt(1_000_000));
                  ledger.commit(ledger.emitted() - random.nextInt(20), gate);
                }
                ledger.commit(ledger.emitted(), gate);
              });
      var results = new ArrayList<Future<?>>();
      var running = new AtomicLong(CONNECTIONS);
      for (int i = 0; i < CONNECTIONS; i++) {
        long seed = i;
        results.add(
            threads.submit(() -> {
              try (var client = Client.of(gate.addresses().getFirst())) {
                client.waits(Duration.ofMinutes(1));
                var hello = ByteBuffer.allocate(8).putLong(seed).array();
                client.write(hello);
                var writer = Thread.ofVirtual().start(() -> write(client, ~seed, () -> {}));
                verify(client, seed);
                writer.join();
              } finally {
                // The last ends wait for commits as well.
                over.set(running.decrementAndGet() == 0);
              }
              return null;
            }));
      }
      for (var result : results) {
        result.get(120, TimeUnit.SECONDS);
      }
      committer.join();
      await().until(() -> gate.statistics().served() == 0);
      await().until(() -> gate.statistics().heldBytes() == 0);
      var statistics = gate.statistics();
      assertThat(statistics.bytesToClients()).isEqualTo((long) CONNECTIONS * BYTES);
      assertThat(statistics.bytesToBroker()).isEqualTo((long) CONNECTIONS * (BYTES + 8));
      assertThat(statistics.discardedBytes()).isZero();
      assertThat(statistics.bufferBytes()).isLessThanOrEqualTo((long) loops * Segments.LARGE);
      // This says something only if it came to holding.
      assertThat(statistics.holdTimes().stream().mapToLong(b -> b.count()).sum()).isPositive();
    }
  }

  /** Both directions at once, and each side is slow. */
  private void talk(Client socket) throws IOException, InterruptedException {
    socket.waits(Duration.ofMinutes(1));
    long seed = ByteBuffer.wrap(socket.bytes(8)).getLong();
    var writer = Thread.ofVirtual().start(() -> write(socket, seed, ledger::emit));
    verify(socket, ~seed);
    writer.join();
  }

  private static void write(Client socket, long seed, Runnable event) {
    var sizes = new Random(seed);
    try {
      int written = 0;
      while (written < BYTES) {
        int size = sizes.nextInt(5) == 0 ? sizes.nextInt(90_000) : 1 + sizes.nextInt(300);
        var piece = new byte[Math.min(BYTES - written, size)];
        for (int i = 0; i < piece.length; i++) {
          piece[i] = at(seed, written + i);
        }
        event.run();
        socket.write(piece);
        written += piece.length;
      }
      socket.finish();
    } catch (IOException e) {
      // The reader says what is missing.
    }
  }

  private static void verify(Client socket, long seed) throws IOException {
    var sizes = new Random(seed);
    var buffer = new byte[60_000];
    int read = 0;
    while (true) {
      int count = socket.read(buffer, 1 + sizes.nextInt(buffer.length));
      if (count < 0) {
        break;
      }
      for (int i = 0; i < count; i++) {
        if (buffer[i] != at(seed, read + i)) {
          throw new AssertionError("a wrong byte at " + (read + i));
        }
      }
      read += count;
      if (sizes.nextInt(8) == 0) {
        LockSupport.parkNanos(sizes.nextInt(20_000_000));
      }
    }
    assertThat(read).isEqualTo(BYTES);
  }

  private static byte at(long seed, int place) {
    return (byte) (seed * 31 + place * 7 + (place >> 8) * 13 + (place >> 16));
  }

  @Test
  void a_client_that_has_said_all_still_hears_the_answer() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var client = Client.of(gate.addresses().getFirst())) {
      client.say("question").finish();
      var end = broker.next();
      assertThat(end.hear(8)).isEqualTo("question");
      assertThat(end.hearsTheEnd()).isTrue();
      end.say("answer");
      assertThat(client.hear(6)).isEqualTo("answer");
      end.close();
      assertThat(client.hearsTheEnd()).isTrue();
      await().until(() -> gate.statistics().served() == 0);
    }
  }

  @Test
  void a_broker_that_has_said_all_still_hears_the_client() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      end.say("welcome").finish();
      assertThat(client.hear(7)).isEqualTo("welcome");
      assertThat(client.hearsTheEnd()).isTrue();
      client.say("thanks").close();
      assertThat(end.hear(6)).isEqualTo("thanks");
      assertThat(end.hearsTheEnd()).isTrue();
      await().until(() -> gate.statistics().served() == 0);
    }
  }

  @Test
  void a_client_that_breaks_off_is_gone_for_the_broker() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      await().until(() -> gate.statistics().served() == 1);
      client.reset();
      assertThat(end.hearsTheEnd()).isTrue();
      end.close();
      await().until(() -> gate.statistics().served() == 0);
    }
  }

  @Test
  void a_broker_that_breaks_off_is_gone_for_the_client() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      // Unread bytes make a break of it: otherwise it is the end of what the broker has to say.
      client.say("SUBSCRIBE");
      await().until(() -> gate.statistics().bytesToBroker() == 9);
      end.reset();
      assertThat(client.hearsTheEnd()).isTrue();
      await().until(() -> gate.statistics().served() == 0);
    }
  }

  @Test
  void a_broker_s_last_word_arrives_whenTheClientGoesOnTalking() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()))) {
      for (int i = 0; i < 100; i++) {
        try (var client = Client.of(gate.addresses().getFirst())) {
          client.say("CONNECT and more that is never read");
          var end = broker.next();
          assertThat(end.hear(7)).isEqualTo("CONNECT");
          long number = ledger.emit();
          end.say("refused");
          await()
              .pollInterval(Duration.ofMillis(1))
              .until(() -> gate.statistics().heldBytes() == 7);
          // With unread bytes, the end of Mosquitto is a reset as well.
          end.reset();
          client.say("SUBSCRIBE");
          LockSupport.parkNanos(1_000_000);
          ledger.commit(number, gate);
          assertThat(client.hear(7)).isEqualTo("refused");
          assertThat(client.hearsTheEnd()).isTrue();
        }
      }
    }
  }

  @Test
  void a_client_s_last_word_arrives_whenItClosesWithoutReading() {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()))) {
      for (int i = 0; i < 100; i++) {
        try (var client = Client.of(gate.addresses().getFirst())) {
          var end = broker.next();
          end.say("a message");
          client.hear(1);
          // Without this word the broker would publish the will.
          client.say("DISCONNECT").reset();
          end.say("another");
          assertThat(end.hear(10)).isEqualTo("DISCONNECT");
          assertThat(end.hearsTheEnd()).isTrue();
          end.close();
        }
      }
    }
  }

  @Test
  void a_client_that_does_not_read_takes_no_more_memory_than_its_share() throws Exception {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var client = Client.of(gate.addresses().getFirst());
        var other = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      var otherEnd = broker.next();
      var written = pour(end);
      // Until everything between the two is full: the kernel's buffers, and the share.
      await().until(() -> gate.statistics().heldBytes() > Segments.SHARE_MAX / 2);
      await()
          .pollDelay(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            long before = written.get();
            Thread.sleep(500);
            return before == written.get();
          });
      assertThat(gate.statistics().bufferBytes())
          .isLessThan(Segments.SHARE_MAX + 3L * Segments.LARGE);
      // Nobody else notices.
      otherEnd.say("x");
      assertThat(other.hear(1)).isEqualTo("x");

      long poured = written.get();
      long read = 0;
      var buffer = new byte[1 << 20];
      while (read < poured) {
        int count = client.read(buffer, buffer.length);
        assertThat(count).isPositive();
        for (int i = 0; i < count; i++) {
          if (buffer[i] != at(0, (int) (read + i) & 0xFFFFFF)) {
            throw new AssertionError("a wrong byte at " + (read + i));
          }
        }
        read += count;
      }
    }
  }

  @Test
  void a_broker_that_does_not_read_takes_hardly_any_memory() throws Exception {
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()));
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      var written = pour(client);
      await()
          .pollDelay(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(60))
          .until(() -> {
            long before = written.get();
            Thread.sleep(500);
            return before == written.get();
          });
      assertThat(gate.statistics().heldBytes()).isPositive();
      assertThat(gate.statistics().bufferBytes()).isLessThanOrEqualTo(2L * Segments.LARGE);
      end.close();
    }
  }

  @Test
  void many_clients_that_do_not_read_leave_memory_to_the_others() throws Exception {
    int total = 2 << 20;
    var over = new AtomicBoolean();
    try (var broker = StubBroker.silent();
        var gate = gate(settings(broker.address()).withHeldBytesTotal(total))) {
      var clients = new ArrayList<Client>();
      for (int i = 0; i < 60; i++) {
        var client = Client.of(gate.addresses().getFirst());
        clients.add(client);
        var end = broker.next();
        // Held for a commit that does not come: as good as not reading, and quicker.
        ledger.emit();
        Thread.ofVirtual()
            .start(() -> {
              try {
                var piece = new byte[10_000];
                while (!over.get()) {
                  end.write(piece);
                }
              } catch (IOException e) {
                // closed
              }
            });
      }
      await()
          .pollDelay(Duration.ofSeconds(1))
          .until(() -> {
            long before = gate.statistics().heldBytes();
            Thread.sleep(300);
            return before > 0 && before == gate.statistics().heldBytes();
          });
      assertThat(gate.statistics().bufferBytes()).isLessThan(total + 60L * Segments.SMALL);

      try (var other = Client.of(gate.addresses().getFirst())) {
        var end = broker.next();
        long before = gate.statistics().heldBytes();
        end.say("PUBACK");
        await().until(() -> gate.statistics().heldBytes() == before + 6);
        over.set(true);
        ledger.commit(ledger.emitted(), gate);
        assertThat(other.hear(6)).isEqualTo("PUBACK");
      }
      clients.forEach(Client::close);
    }
  }

  private static AtomicLong pour(Client into) {
    var written = new AtomicLong();
    Thread.ofVirtual()
        .start(() -> {
          try {
            var piece = new byte[50_000];
            while (true) {
              for (int i = 0; i < piece.length; i++) {
                piece[i] = at(0, (int) (written.get() + i) & 0xFFFFFF);
              }
              into.write(piece);
              written.addAndGet(piece.length);
            }
          } catch (IOException e) {
            // closed
          }
        });
    return written;
  }

  private Gate gate(GateSettings settings) {
    var gate = new Gate(settings, ledger);
    gate.route(new Route.Serve());
    return gate;
  }

  private static GateSettings settings(UnixDomainSocketAddress broker) {
    return GateSettings.of(List.of(new Port(0, broker, false)));
  }
}
