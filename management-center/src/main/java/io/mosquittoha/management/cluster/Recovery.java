package io.mosquittoha.management.cluster;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long clients take to come back after a change of leader: until nine of ten that were
 * connected before are connected again. It is what can be seen from here, by asking the new leader
 * several times a second, and so it is right to some hundred milliseconds.
 */
final class Recovery implements AutoCloseable {

  private static final Duration OFTEN = Duration.ofMillis(250);
  private static final Duration USUAL = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Of changes of the number; the last one is good until the next. */
  private static final int MOST = 1_000;

  /** Told once for each change of leader. */
  interface Listener {
    /**
     * @param before how many were connected before; empty if that was not seen
     * @param millis until they were back; empty if they were not within two minutes
     */
    void back(Occurrence change, OptionalInt before, OptionalLong millis);
  }

  private record Sample(long epoch, int connected) {}

  private record Waiting(Occurrence change, long since, int before) {}

  private final Cluster cluster;
  private final Listener listener;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("clients come back").factory());
  private @Nullable Waiting waiting;

  Recovery(Cluster cluster, Listener listener) {
    this.cluster = cluster;
    this.listener = listener;
    cluster.onChange(this::look);
  }

  /** A leader has just begun to serve. */
  synchronized void begin(Occurrence change) {
    finish(OptionalLong.empty());
    var before =
        samples.stream().filter(it -> it.epoch() < change.epoch()).reduce((first, last) -> last);
    if (before.isEmpty()) {
      return;
    }
    if (before.get().connected() == 0) {
      listener.back(change, OptionalInt.of(0), OptionalLong.empty());
      return;
    }
    var mine = new Waiting(change, System.nanoTime(), before.get().connected());
    waiting = mine;
    var latest = samples.getLast();
    if (areBack(mine, latest)) { // They were faster than the word of it.
      finish(OptionalLong.of(0));
      return;
    }
    cluster.hurry(OFTEN);
    clock.schedule(() -> giveUp(mine), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private synchronized void giveUp(Waiting mine) {
    if (waiting == mine) {
      finish(OptionalLong.empty());
    }
  }

  private synchronized void look(Sight sight) {
    if (sight.load().isEmpty() || sight.leader().isEmpty() || !sight.serving()) {
      return;
    }
    var sample = new Sample(sight.epoch(), sight.load().get().connected());
    samples.addLast(sample);
    if (samples.size() > MOST) {
      samples.removeFirst();
    }
    var awaited = waiting;
    if (awaited != null && areBack(awaited, sample)) {
      finish(OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - awaited.since())));
    }
  }

  private static boolean areBack(Waiting waiting, Sample sample) {
    return sample.epoch() >= waiting.change().epoch()
        && sample.connected() * 10L >= waiting.before() * 9L;
  }

  private void finish(OptionalLong millis) {
    var done = waiting;
    if (done != null) {
      waiting = null;
      cluster.hurry(USUAL);
      listener.back(done.change(), OptionalInt.of(done.before()), millis);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
