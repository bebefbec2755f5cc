package io.mosquittoha.bench.load;

import io.mosquittoha.bench.machine.Processes;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.mosquittoha.bench.mqtt.Target;
import io.mosquittoha.bench.mqtt.Wire;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Many connections that do nothing.
 *
 * @param seconds until the last one was open or had failed
 * @param broken that ended while they were kept
 * @param reasons why connections failed or broke, and how many
 */
public record Crowd(
    int opened,
    int failed,
    int broken,
    double seconds,
    Latency connect,
    long residentBefore,
    long residentAfter,
    double idleCpuSeconds,
    List<String> reasons) {
  /** Who comes, how fast and for how long. */
  public record Plan(
      List<Target> targets,
      List<String> from,
      int count,
      double rate,
      Duration hold,
      int keepAlive,
      Duration patience,
      int version,
      Identity.Credentials credentials) {}

  /** Memory of the processes under test for each open connection. */
  public double bytesEach() {
    return opened == 0 ? 0 : (double) (residentAfter - residentBefore) / opened;
  }

  /** Opens, keeps and closes them. */
  public static Crowd gather(Plan plan, Processes processes) {
    try (var loop = new Loop()) {
      return new Gathering(loop, plan).run(processes);
    }
  }

  private static final class Gathering {
    private final Loop loop;
    private final Plan plan;
    private final String run = "bench-" + Long.toString(System.nanoTime(), 36) + "-";
    private final List<Wire> wires = new ArrayList<>();
    private final Histogram times = new Histogram(3);
    private final Map<String, Integer> reasons = new LinkedHashMap<>();
    private int asked;
    private int opened;
    private int failed;
    private int broken;

    private Gathering(Loop loop, Plan plan) {
      this.loop = loop;
      this.plan = plan;
    }

    private Crowd run(Processes processes) {
      processes.start();
      var before = processes.usage().residentBytes();
      var start = System.nanoTime();
      while (loop.call(() -> asked) < plan.count()) {
        var due = (int) Math.min(plan.count(), plan.rate() * (System.nanoTime() - start) / 1e9 + 1);
        loop.run(() -> {
          while (asked < due) {
            open(asked++);
          }
        });
        sleep(2);
      }
      while (loop.call(() -> opened + failed) < plan.count()) {
        sleep(10);
      }
      var seconds = (System.nanoTime() - start) / 1e9;
      processes.start();
      var after = processes.usage().residentBytes();
      for (var end = System.nanoTime() + plan.hold().toNanos(); System.nanoTime() - end < 0; ) {
        sleep(100);
        processes.sample();
      }
      var usage = processes.usage();
      return loop.call(() -> {
        var told =
            reasons.entrySet().stream()
                .map(reason -> reason.getValue() + " × " + reason.getKey())
                .toList();
        var crowd =
            new Crowd(
                opened,
                failed,
                broken,
                seconds,
                Latency.of(times),
                before,
                Math.max(after, usage.residentBytes()),
                usage.cpuSeconds(),
                told);
        wires.forEach(Wire::disconnect);
        return crowd;
      });
    }

    private void open(int number) {
      var target = plan.targets().get(number % plan.targets().size());
      var identity =
          new Identity(run + number, false, plan.version(), plan.keepAlive(), plan.credentials());
      var from =
          plan.from().isEmpty()
              ? null
              : new InetSocketAddress(plan.from().get(number % plan.from().size()), 0);
      var began = System.nanoTime();
      wires.add(
          Wire.connect(
              loop,
              target,
              from,
              identity,
              plan.patience(),
              new Wire.Listener() {
                private boolean open;

                @Override
                public void connected(boolean sessionPresent, int receiveMaximum) {
                  open = true;
                  opened++;
                  times.recordValue(System.nanoTime() - began);
                }

                @Override
                public void lost(String why) {
                  if (open) {
                    broken++;
                  } else {
                    failed++;
                  }
                  reasons.merge(why, 1, Integer::sum);
                }
              }));
    }

    private static void sleep(long millis) {
      try {
        TimeUnit.MILLISECONDS.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
  }
}
