package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Entry;
import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import io.mosquittoha.agent.replication.Position;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Measures two members on one machine: how many small entries per second, and how long one takes
 * there and back. Run by hand: {@code PeerBench [plain] [count] [bytes]}.
 */
final class PeerBench {

  private static final long WINDOW = 4_096;

  private PeerBench() {}

  public static void main(String[] arguments) throws Exception {
    var plain = arguments.length > 0 && arguments[0].equals("plain");
    var count = arguments.length > 1 ? Long.parseLong(arguments[1]) : 300_000;
    var body = new byte[arguments.length > 2 ? Integer.parseInt(arguments[2]) : 256];
    var folder = Files.createTempDirectory("bench");
    var tls =
        plain
            ? Optional.<Path>empty()
            : Optional.of(
                new Certificates(folder).issue(folder.resolve("m"), "dns:*.members.test"));
    try (var loopback = new Loopback()) {
      var zero = loopback.member(0, "a", tls);
      var one = loopback.member(1, "b", tls);
      var acknowledged = new AtomicLong();
      var connected = new CountDownLatch(2);
      var self = new Member("m-0", "a");
      var other = new Member("m-1", "b");
      zero.start(
          listener(
              connected, message -> acknowledged.set(((Message.Acknowledged) message).index())));
      one.start(
          listener(
              connected,
              message -> {
                var append = (Message.Append) message;
                var last = append.entries().getLast().index();
                if (last % 16 == 0 || append.serving()) {
                  one.send(self, new Message.Acknowledged(1, last, append.sentAt()));
                }
              }));
      connected.await();
      for (var round = 0; round < 3; round++) {
        acknowledged.set(0);
        var began = System.nanoTime();
        for (var i = 1L; i <= count; i++) {
          while (i - acknowledged.get() > WINDOW) {
            Thread.onSpinWait();
            Thread.sleep(0, 100_000);
          }
          zero.send(other, append(i, i == count, body));
        }
        while (acknowledged.get() < count) {
          Thread.sleep(1);
        }
        var seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(
            "%s, %d bytes: %.0f appends/s%n",
            plain ? "plain" : "TLS", body.length, count / seconds);
      }
      var times = new long[2_000];
      for (var i = 0; i < times.length; i++) {
        acknowledged.set(0);
        var began = System.nanoTime();
        zero.send(other, append(i + 1, true, body));
        while (acknowledged.get() == 0) {
          Thread.onSpinWait();
        }
        times[i] = System.nanoTime() - began;
      }
      Arrays.sort(times);
      System.out.printf(
          "there and back: p50 %d us, p99 %d us%n",
          times[times.length / 2] / 1_000, times[times.length * 99 / 100] / 1_000);
      System.gc();
      for (var line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS") || line.startsWith("Threads")) {
          System.out.println(line);
        }
      }
    }
  }

  private static Message append(long index, boolean answer, byte[] body) {
    return new Message.Append(
        "3f2c4a52-3f0e-4b55-9a4e-3b8f3a3a4b11",
        1,
        new Position(index - 1, 1),
        index - 1,
        answer,
        0,
        List.of(new Entry(index, 1, index, body)));
  }

  private static PeerListener listener(CountDownLatch connected, Consumer<Message> receive) {
    return new PeerListener() {
      @Override
      public void connected(Member member) {
        connected.countDown();
      }

      @Override
      public void disconnected(Member member) {
        System.out.println("disconnected");
      }

      @Override
      public void receive(Member from, Message message) {
        receive.accept(message);
      }
    };
  }
}
