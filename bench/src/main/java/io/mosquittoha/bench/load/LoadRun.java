package io.mosquittoha.bench.load;

import io.mosquittoha.bench.machine.Processes;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Loop;
import io.mosquittoha.bench.mqtt.MqttFailure;
import io.mosquittoha.bench.mqtt.Target;
import io.mosquittoha.bench.mqtt.Wire;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One load, from connecting to the last message.
 *
 * <p>A closed loop: a publisher goes on when what it published was acknowledged <em>and</em> has
 * arrived, so queues in the broker can't grow, and what is measured is what passes through. With a
 * rate, a message's time runs from when it was due, so that a broker that stalls can't hide it.
 */
public final class LoadRun {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Load load;
  private final Processes processes;
  private final String run = "bench/" + Long.toString(System.nanoTime(), 36);
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private final Histogram acknowledged = new Histogram(3);
  private final Histogram arrived = new Histogram(3);
  private final Loop loop;
  private final int copies;
  private int granted = 2;
  private boolean publishing;
  private boolean over;
  private long sent;
  private long received;
  private @Nullable String broken;

  private record Session(Target target, Identity identity) {}

  private LoadRun(Loop loop, Load load, Processes processes) {
    this.loop = loop;
    this.load = load;
    this.processes = processes;
    this.copies = load.shape().copies(load.subscribers());
  }

  /** Runs it; takes warm-up, duration and a few seconds. */
  public static LoadResult run(Load load, Processes processes) {
    try (var loop = new Loop()) {
      return new LoadRun(loop, load, processes).go();
    }
  }

  private LoadResult go() {
    try {
      open();
      loop.run(() -> publishers.forEach(Publisher::begin));
      var ticker = loop.executor().scheduleAtFixedRate(this::tick, 1, 1, TimeUnit.MILLISECONDS);
      pass(load.warmUp());
      processes.start();
      var before = loop.call(Mark::new);
      pass(load.duration());
      var after = loop.call(Mark::new);
      var usage = processes.usage();
      loop.run(() -> publishing = false);
      drain();
      ticker.cancel(false);
      var seconds = (after.nanos - before.nanos) / 1e9;
      return loop.call(() ->
          new LoadResult(
              seconds,
              (after.sent - before.sent) / seconds,
              (after.received - before.received) / seconds,
              after.acknowledged,
              after.arrived,
              publishers.stream().mapToLong(Publisher::missing).sum(),
              (after.cpu - before.cpu) / 1e9 / seconds,
              granted,
              usage));
    } finally {
      close();
    }
  }

  /**
   * Connects subscribers first, then publishers, spread over the brokers so that all combinations
   * meet.
   */
  private void open() {
    var brokers = load.targets().size();
    for (var n = 0; n < load.subscribers(); n++) {
      var client = client("s" + n, load.targets().get(n % brokers), this::arrived);
      connect(client);
      var filter = load.shape().filter(run, n);
      granted =
          Math.min(
              granted,
              Loop.await(
                  loop.call(() -> client.subscribe(filter, load.qos())),
                  PATIENCE,
                  "subscribing to " + filter));
    }
    for (var n = 0; n < load.publishers(); n++) {
      var client = client("p" + n, load.targets().get(n / brokers % brokers), payload -> {});
      var taken = connect(client);
      publishers.add(
          new Publisher(
              n, client, load.qos() > 0 ? Math.min(load.window(), taken) : load.window()));
    }
    publishing = true;
  }

  private Client client(String name, Target target, Consumer<ByteBuffer> onMessage) {
    var identity =
        new Identity(run + "/" + name, load.persistent(), load.version(), 60, load.credentials());
    var client =
        load.library()
            .client(
                loop,
                target,
                identity,
                new Client.Ears() {
                  @Override
                  public void message(ByteBuffer payload) {
                    onMessage.accept(payload);
                  }

                  @Override
                  public void lost(String why) {
                    if (!over) {
                      broken = why;
                    }
                  }
                });
    clients.add(client);
    sessions.add(new Session(target, identity));
    return client;
  }

  private int connect(Client client) {
    return Loop.await(loop.call(client::connect), PATIENCE, "connecting");
  }

  private void pass(Duration time) {
    var end = System.nanoTime() + time.toNanos();
    for (var left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      sleep(Math.min(left, 200_000_000));
      processes.sample();
      var reason = loop.call(() -> Optional.ofNullable(broken));
      if (reason.isPresent()) {
        throw new MqttFailure("a connection was lost under load: " + reason.get());
      }
    }
  }

  /** Waits for what is on its way, as long as something still arrives. */
  private void drain() {
    var last = -1L;
    for (var now = loop.call(() -> received); now != last; now = loop.call(() -> received)) {
      last = now;
      if (loop.call(() -> publishers.stream().allMatch(publisher -> publisher.missing() == 0))) {
        return;
      }
      sleep(1_000_000_000);
    }
  }

  private static void sleep(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void arrived(ByteBuffer payload) {
    if (payload.remaining() < 12) {
      return;
    }
    var stamp = payload.getLong();
    var publisher = publishers.get(payload.getInt());
    arrived.recordValue(Math.max(0, System.nanoTime() - stamp));
    received++;
    publisher.arrived++;
    publisher.pump();
  }

  private void tick() {
    publishers.forEach(Publisher::tick);
  }

  /** Ends all connections; sessions that would stay at the broker are taken away. */
  private void close() {
    loop.run(() -> {
      over = true;
      clients.forEach(Client::disconnect);
    });
    if (load.persistent()) {
      for (var session : sessions) {
        var identity = session.identity().persistent(false);
        var done = new CompletableFuture<Void>();
        loop.run(() -> {
          var holder = new Wire[1];
          holder[0] =
              Wire.connect(
                  loop,
                  session.target(),
                  identity,
                  Duration.ofSeconds(2),
                  new Wire.Listener() {
                    @Override
                    public void connected(boolean sessionPresent, int receiveMaximum) {
                      holder[0].disconnect();
                      done.complete(null);
                    }

                    @Override
                    public void lost(String why) {
                      done.complete(null);
                    }
                  });
        });
        Loop.await(done, Duration.ofSeconds(5), "taking a session away");
      }
    }
    sleep(50_000_000);
  }

  /** The counters at a moment; taking the first one begins the distributions anew. */
  private final class Mark {
    private final long nanos = System.nanoTime();
    private final long cpu = loop.cpuNanos();
    private final long sent = LoadRun.this.sent;
    private final long received = LoadRun.this.received;
    private final Latency acknowledged = Latency.of(LoadRun.this.acknowledged);
    private final Latency arrived = Latency.of(LoadRun.this.arrived);

    private Mark() {
      LoadRun.this.acknowledged.reset();
      LoadRun.this.arrived.reset();
    }
  }

  private final class Publisher {
    private final int number;
    private final Client client;
    private final int window;
    private final String topic;
    private final double period;
    private double due;
    private boolean armed;
    private long sent;
    private long acknowledged;
    private long arrived;
    private long forgiven;
    private long arrivedLast;
    private long quietSince = System.nanoTime();

    private Publisher(int number, Client client, int window) {
      this.number = number;
      this.client = client;
      this.window = window;
      this.topic = load.shape().topic(run, number, load.subscribers());
      this.period = load.rate() > 0 ? 1e9 * load.publishers() / load.rate() : 0;
    }

    private void begin() {
      due = System.nanoTime() + period * number / load.publishers();
      pump();
    }

    private boolean open() {
      return publishing
          && (load.qos() == 0 || sent - acknowledged < window)
          && sent * copies - arrived - forgiven < (long) window * copies;
    }

    private void pump() {
      while (open()) {
        var now = System.nanoTime();
        if (period > 0) {
          if (due > now) {
            wake((long) due - now);
            return;
          }
          publish((long) due);
          due += period;
        } else {
          publish(now);
        }
      }
    }

    /** To the microsecond: a tick of a millisecond would be in every latency. */
    private void wake(long nanos) {
      if (!armed) {
        armed = true;
        loop.executor()
            .schedule(
                () -> {
                  armed = false;
                  pump();
                },
                nanos,
                TimeUnit.NANOSECONDS);
      }
    }

    private void publish(long stamp) {
      var payload = new byte[load.payload()];
      ByteBuffer.wrap(payload).putLong(stamp).putInt(number);
      sent++;
      LoadRun.this.sent++;
      client.publish(
          topic,
          payload,
          load.qos(),
          () -> {
            LoadRun.this.acknowledged.recordValue(Math.max(0, System.nanoTime() - stamp));
            acknowledged++;
            pump();
          });
    }

    private void tick() {
      if (arrived != arrivedLast || open()) {
        arrivedLast = arrived;
        quietSince = System.nanoTime();
      } else if (load.qos() == 0 && System.nanoTime() - quietSince > 1_000_000_000) {
        // QoS 0 may be lost; the window opens again, and what is missing stays counted.
        forgiven = sent * copies - arrived;
      }
      pump();
    }

    private long missing() {
      return sent * copies - arrived;
    }
  }
}
