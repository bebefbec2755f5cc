package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What the gate costs: an echo of 64 bytes on many connections, each of which waits for its answer,
 * directly (a Unix socket) and through the gate. Not a test: its figures are for people.
 *
 * <p>{@code java -cp … io.mosquittoha.agent.gate.GateBench [SECONDS]}
 */
final class GateBench {

  private static final int MESSAGE = 64;

  private GateBench() {}

  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    var ledger = new Ledger();
    try (var echo = new Echo(() -> {});
        var emitting = new Echo(ledger::emit);
        var open = gate(echo.address(), 1, new Ledger());
        var two = gate(echo.address(), 2, new Ledger());
        var committing = gate(emitting.address(), 1, ledger)) {
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            while (true) {
              ledger.commit(ledger.emitted(), committing);
              LockSupport.parkNanos(50_000);
            }
          });
      System.out.printf(
          "%-32s %6s %12s %9s %9s %9s %9s%n",
          "", "conns", "messages/s", "p50 µs", "p99 µs", "p99.9", "gate CPU");
      for (int connections : new int[] {1, 100, 1_000}) {
        run("direct", echo.address(), connections, seconds);
        run("gate, committed", reachable(open), connections, seconds);
        run("gate, committed, 2 loops", reachable(two), connections, seconds);
        run("gate, commits every ~100 µs", reachable(committing), connections, seconds);
      }
    }
  }

  private static Gate gate(UnixDomainSocketAddress broker, int loops, Commit commit) {
    var settings = GateSettings.of(List.of(new Port(0, broker, false))).withLoops(loops);
    var gate = new Gate(settings, commit);
    gate.route(new Route.Serve());
    return gate;
  }

  /** Nanoseconds that the gates' threads have worked: tells the cost on a busy machine, too. */
  private static long gateCpu() {
    var threads = ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (var thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("gate-")) {
        sum += threads.getThreadCpuTime(thread.threadId());
      }
    }
    return sum;
  }

  private static InetSocketAddress reachable(Gate gate) {
    return Addresses.reachable(gate.addresses().getFirst());
  }

  private static void run(String name, SocketAddress to, int connections, int seconds)
      throws IOException {
    var times = new long[20_000_000];
    int count = 0;
    long cpu;
    var buffer = ByteBuffer.allocateDirect(MESSAGE);
    try (var selector = Selector.open()) {
      for (int i = 0; i < connections; i++) {
        var channel = SocketChannel.open(to);
        channel.configureBlocking(false);
        if (to instanceof InetSocketAddress) {
          channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        var state = new long[] {System.nanoTime(), 0};
        channel.register(selector, SelectionKey.OP_READ, state);
        channel.write(buffer.clear());
      }
      long begin = System.nanoTime() + 1_500_000_000L;
      long cpuBefore = -1;
      long end = begin + seconds * 1_000_000_000L;
      var counted = new int[1];
      while (System.nanoTime() < end) {
        if (cpuBefore < 0 && System.nanoTime() > begin) {
          cpuBefore = gateCpu();
        }
        selector.select(key -> {
          try {
            var channel = (SocketChannel) key.channel();
            var state = (long[]) key.attachment();
            state[1] += channel.read(buffer.clear());
            if (state[1] < MESSAGE) {
              return;
            }
            state[1] = 0;
            long now = System.nanoTime();
            if (now > begin && counted[0] < times.length) {
              times[counted[0]++] = now - state[0];
            }
            state[0] = now;
            channel.write(buffer.clear());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
      }
      cpu = gateCpu() - cpuBefore;
      count = counted[0];
      for (var key : selector.keys()) {
        Loop.close(key.channel());
      }
      selector.selectNow();
    }
    Arrays.sort(times, 0, count);
    System.out.printf(
        "%-32s %6d %,12d %9.1f %9.1f %9.1f %9.1f%n",
        name,
        connections,
        count / seconds,
        times[count / 2] / 1e3,
        times[(int) (count * 0.99)] / 1e3,
        times[(int) (count * 0.999)] / 1e3,
        cpu / 1e3 / count);
  }
}
