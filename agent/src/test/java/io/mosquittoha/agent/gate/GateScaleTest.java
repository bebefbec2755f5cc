package io.mosquittoha.agent.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ten thousand connections, or as many as the limit of open files lets one process have. */
class GateScaleTest {

  private static final int WANTED = 10_000;

  /** The client's end, both of the gate, and the broker's. */
  private static final int FILES_EACH = 4;

  private static final int CONNECTIONS = possible();

  private static final long EMPTY = heap();

  private final List<SocketChannel> clients = new ArrayList<>();

  @AfterEach
  void closeClients() {
    clients.forEach(Loop::close);
  }

  @Test
  void ten_thousand_connections_are_served_with_little_memory() throws Exception {
    System.out.printf("%,d connections of %,d wanted%n", CONNECTIONS, WANTED);
    var ledger = new Ledger();
    try (var echo = new Echo(ledger::emit);
        var gate = gate(echo, ledger)) {
      connect(gate);
      await().atMost(Duration.ofSeconds(60)).until(() -> gate.statistics().served() == CONNECTIONS);
      long idle = heap();
      assertThat(gate.statistics().bufferBytes()).isZero();

      // Each gets an answer that is held, so each has memory for a moment.
      say(7);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> gate.statistics().heldBytes() == CONNECTIONS);
      assertThat(gate.statistics().bufferBytes())
          .isLessThanOrEqualTo(
              (long) CONNECTIONS * (Segments.SMALL + Marks.COST) + 2L * Segments.LARGE);
      ledger.commit(ledger.emitted(), gate);
      hear(7);
      await().until(() -> gate.statistics().heldBytes() == 0);
      assertThat(gate.statistics().bufferBytes()).isLessThanOrEqualTo(2L * Segments.LARGE);

      long before = System.nanoTime();
      gate.route(new Route.Hold());
      long told = System.nanoTime() - before;
      for (var client : clients) {
        assertThat(isOver(client)).isTrue();
      }
      System.out.printf(
          "the heap of all ends: %,d bytes per connection; leaving Serve took %,d µs, closing all"
              + " %,d ms%n",
          (idle - EMPTY) / CONNECTIONS, told / 1_000, (System.nanoTime() - before) / 1_000_000);
      await().until(() -> gate.statistics().served() == 0);
    }
  }

  private void connect(Gate gate) throws IOException {
    var address = Addresses.reachable(gate.addresses().getFirst());
    for (int i = 0; i < CONNECTIONS; i++) {
      clients.add(SocketChannel.open(address));
    }
  }

  private void say(int word) throws IOException {
    var bytes = ByteBuffer.allocateDirect(1).put(0, (byte) word);
    for (var client : clients) {
      client.write(bytes.rewind());
    }
  }

  private void hear(int word) throws IOException {
    var bytes = ByteBuffer.allocateDirect(1);
    for (var client : clients) {
      assertThat(client.read(bytes.clear())).isEqualTo(1);
      assertThat(bytes.get(0)).isEqualTo((byte) word);
    }
  }

  private static boolean isOver(SocketChannel client) {
    try {
      return client.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  private static Gate gate(Echo echo, Commit commit) {
    var settings = GateSettings.of(List.of(new Port(0, echo.address(), false)));
    var gate = new Gate(settings, commit);
    gate.route(new Route.Serve());
    return gate;
  }

  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static int possible() {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long free = system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - 500;
    return (int) Math.min(WANTED, free / FILES_EACH);
  }
}
