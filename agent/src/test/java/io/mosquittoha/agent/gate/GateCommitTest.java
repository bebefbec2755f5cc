package io.mosquittoha.agent.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that the broker says leaves before what it had emitted is committed. */
class GateCommitTest {

  /** How the gate looks at the commits. Two of these are what must not pass unnoticed. */
  enum Build {
    SOUND,
    SWITCHED_OFF,
    LOOKS_TOO_EARLY;

    Commit view(Ledger ledger) {
      return switch (this) {
        case SOUND -> ledger;
        case SWITCHED_OFF -> ledger.switchedOff();
        case LOOKS_TOO_EARLY -> ledger.stale();
      };
    }
  }

  private final Ledger ledger = new Ledger();

  @ParameterizedTest
  @EnumSource
  void bytes_are_out_early_only_whenTheGateIsBroken(Build build) {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, build.view(ledger));
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      long number = ledger.emit();
      end.say("PUBACK");

      boolean early = !client.hearsNothingFor(300);

      assertThat(early).isEqualTo(build != Build.SOUND);
      if (!early) {
        ledger.commit(number, gate);
        assertThat(client.hear(6)).isEqualTo("PUBACK");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOOKS_TOO_EARLY")
  void bytes_are_out_early_only_whenTheGateIsBroken_inARandomRun(Build build) throws Exception {
    assertThat(randomRun(build.view(ledger), 1, 400_000) > 0).isEqualTo(build != Build.SOUND);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 3, 4, 5, 6})
  void a_stream_of_random_pieces_arrivesInOrderAndNeverEarly(long seed) throws Exception {
    assertThat(randomRun(ledger, seed, 4_000_000)).isZero();
  }

  @Test
  void a_byte_passes_at_once_whenAllIsCommitted() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger);
        var client = Client.of(gate.addresses().getFirst())) {
      ledger.commit(ledger.emit(), gate);
      broker.next().say("x");
      assertThat(client.hear(1)).isEqualTo("x");
      await().until(() -> gate.statistics().readsAtOnce() == 1);
      assertThat(gate.statistics().holdTimes()).allMatch(bucket -> bucket.count() == 0);
    }
  }

  @Test
  void what_a_client_says_goes_to_the_broker_whatever_is_committed() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger);
        var client = Client.of(gate.addresses().getFirst())) {
      ledger.emit();
      client.say("CONNECT");
      assertThat(broker.next().hear(7)).isEqualTo("CONNECT");
    }
  }

  @Test
  void a_commit_frees_exactly_what_it_covers() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger);
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      for (int i = 1; i <= 3; i++) {
        long number = ledger.emit();
        end.say("answer" + number);
        long held = 7 * i;
        await().until(() -> gate.statistics().heldBytes() == held);
      }
      ledger.commit(2, gate);
      assertThat(client.hear(14)).isEqualTo("answer1answer2");
      assertThat(client.hearsNothingFor(200)).isTrue();
      assertThat(gate.statistics().heldBytes()).isEqualTo(7);
      ledger.commit(3, gate);
      assertThat(client.hear(7)).isEqualTo("answer3");
      await().until(() -> gate.statistics().heldBytes() == 0);
      assertThat(gate.statistics().holdTimes().stream().mapToLong(b -> b.count()).sum())
          .isEqualTo(3);
    }
  }

  @Test
  void the_end_waits_for_what_was_said_before_it() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger);
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      long number = ledger.emit();
      end.say("DISCONNECT").close();
      assertThat(client.hearsNothingFor(200)).isTrue();
      ledger.commit(number, gate);
      assertThat(client.hear(10)).isEqualTo("DISCONNECT");
      assertThat(client.hearsTheEnd()).isTrue();
    }
  }

  /** Wherever the loop is between its look at the commits and its sleep, it must not miss one. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void a_commit_right_after_a_look_is_not_missed(int look) {
    var looks = new AtomicInteger();
    var itself = new AtomicReference<Gate>();
    var commit =
        new Commit() {
          @Override
          public long emitted() {
            return ledger.emitted();
          }

          @Override
          public long committed() {
            long committed = ledger.committed();
            var gate = itself.get();
            if (gate != null && looks.incrementAndGet() == look) {
              ledger.commit(ledger.emitted(), gate);
            }
            return committed;
          }
        };
    try (var broker = StubBroker.silent();
        var gate = new Gate(settings(broker).withLoops(1), commit)) {
      gate.route(new Route.Serve());
      try (var client = Client.of(gate.addresses().getFirst())) {
        var end = broker.next();
        // The alarm of the attempt is over, so nothing else wakes the loop any more.
        assertThat(client.hearsNothingFor(700)).isTrue();
        ledger.emit();
        itself.set(gate);
        end.say("PUBACK");
        assertThat(client.hear(6)).isEqualTo("PUBACK");
      }
    }
  }

  @Test
  void an_end_without_a_word_waits_as_well() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger);
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      long number = ledger.emit();
      end.close();
      assertThat(client.hearsNothingFor(200)).isTrue();
      ledger.commit(number, gate);
      assertThat(client.hearsTheEnd()).isTrue();
    }
  }

  @Test
  void what_is_held_is_discarded_whenTheBrokerLeadsNoMore() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger);
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      long number = ledger.emit();
      end.say("PUBACK");
      await().until(() -> gate.statistics().heldBytes() == 6);

      gate.route(new Route.Hold());
      ledger.commit(number, gate);

      assertThat(client.hearsTheEnd()).isTrue();
      assertThat(end.hearsTheEnd()).isTrue();
      await().until(() -> gate.statistics().heldBytes() == 0);
      assertThat(gate.statistics().discardedBytes()).isEqualTo(6);
      assertThat(gate.statistics().bytesToClients()).isZero();
      assertThat(gate.statistics().served()).isZero();
    }
  }

  @Test
  void nothing_of_the_old_broker_is_sent_whenItLeadsAgain() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger)) {
      for (int round = 0; round < 50; round++) {
        try (var client = Client.of(gate.addresses().getFirst())) {
          var end = broker.next();
          ledger.emit();
          end.say("old");
          await().until(() -> gate.statistics().heldBytes() == 3);
          gate.route(new Route.Hold());
          gate.route(new Route.Serve());
          ledger.commit(ledger.emitted(), gate);
          assertThat(client.hearsTheEnd()).isTrue();
        }
      }
      assertThat(gate.statistics().bytesToClients()).isZero();
    }
  }

  @Test
  void all_clients_are_closed_whenAsked() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, ledger)) {
      var clients =
          List.of(Client.of(gate.addresses().getFirst()), Client.of(gate.addresses().getFirst()));
      for (int i = 0; i < 2; i++) {
        broker.next();
      }
      await().until(() -> gate.statistics().served() == 2);
      gate.closeClients();
      assertThat(clients).allMatch(Client::hearsTheEnd);
      // And the next is served as before.
      try (var next = Client.of(gate.addresses().getFirst())) {
        next.say("x");
        assertThat(broker.next().hear(1)).isEqualTo("x");
      }
    }
  }

  @Test
  @Timeout(60)
  void marks_do_not_add_up_whileCommitsStandStillAndClientsComeAndGo() {
    try (var broker = StubBroker.silent();
        var gate = new Gate(settings(broker).withLoops(1), ledger)) {
      gate.route(new Route.Serve());
      for (int i = 0; i < 4_000; i++) {
        var client = Client.of(gate.addresses().getFirst());
        var end = broker.next();
        ledger.emit();
        end.say("x");
        while (gate.statistics().heldBytes() == 0) {
          Thread.onSpinWait();
        }
        client.reset();
        end.close();
        while (gate.statistics().heldBytes() > 0) {
          Thread.onSpinWait();
        }
      }
      await().until(() -> gate.statistics().served() == 0);
      await()
          .untilAsserted(() ->
              assertThat(gate.statistics().bufferBytes())
                  .isLessThan(1_100L * Marks.COST + Segments.LARGE));
    }
  }

  /**
   * The broker writes pieces of a known stream, each after an event, while commits follow at
   * random.
   *
   * @return how often a client had a byte before its event was committed
   */
  private long randomRun(Commit view, long seed, int length) throws Exception {
    var random = new Random(seed);
    // Where in the stream the bytes begin that need a number.
    var numbers = new ConcurrentSkipListMap<Long, Long>();
    var early = new AtomicLong();
    var over = new AtomicBoolean();
    try (var broker = StubBroker.silent();
        var gate = gate(broker, view);
        var client = Client.of(gate.addresses().getFirst())) {
      var end = broker.next();
      var writer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  long written = 0;
                  while (written < length) {
                    int size = random.nextInt(32) == 0 ? 100_000 : 1 + random.nextInt(200);
                    var piece = new byte[(int) Math.min(size, length - written)];
                    for (int i = 0; i < piece.length; i++) {
                      piece[i] = at(written + i);
                    }
                    if (random.nextBoolean()) {
                      numbers.put(written, ledger.emit());
                    }
                    end.write(piece);
                    written += piece.length;
                    if (random.nextInt(50) == 0) {
                      Thread.sleep(1);
                    }
                  }
                  end.finish();
                } catch (IOException | InterruptedException e) {
                  over.set(true);
                }
              });
      var committer =
          Thread.ofVirtual()
              .start(() -> {
                var steps = new Random(~seed);
                // Always a little late, or a gate that does not wait would go unnoticed.
                while (!over.get()) {
                  long from = ledger.committed();
                  long behind = ledger.emitted() - from;
                  LockSupport.parkNanos(steps.nextInt(2_000_000));
                  if (behind > 0) {
                    ledger.commit(from + 1 + steps.nextLong(behind), gate);
                  }
                }
              });
      long read = 0;
      var buffer = new byte[50_000];
      while (read < length) {
        int count = client.read(buffer, 1 + random.nextInt(50_000));
        assertThat(count).as("bytes after %d", read).isPositive();
        long committed = ledger.committed();
        for (int i = 0; i < count; i++) {
          if (buffer[i] != at(read + i)) {
            throw new AssertionError("a wrong byte at " + (read + i));
          }
        }
        read += count;
        var needed = numbers.lowerEntry(read);
        if (needed != null && needed.getValue() > committed) {
          early.incrementAndGet();
        }
      }
      assertThat(client.hearsTheEnd()).isTrue();
      over.set(true);
      writer.join();
      committer.join();
    }
    return early.get();
  }

  private static byte at(long place) {
    return (byte) (place * 31 + (place >> 8) * 17 + (place >> 16));
  }

  private static Gate gate(StubBroker broker, Commit commit) {
    var gate = new Gate(settings(broker), commit);
    gate.route(new Route.Serve());
    return gate;
  }

  private static GateSettings settings(StubBroker broker) {
    return GateSettings.of(List.of(new Port(0, broker.address(), false)));
  }
}
