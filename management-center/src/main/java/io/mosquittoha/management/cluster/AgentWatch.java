package io.mosquittoha.management.cluster;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One member's agent, asked every second and listened to in between. Whatever it tells by its
 * stream, and the end of that stream, is a reason for asking all of them at once: that is how a
 * change of leader gets here within less than a second.
 */
final class AgentWatch implements AutoCloseable {

  private static final Logger LOG = System.getLogger(AgentWatch.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration FIGURES = Duration.ofSeconds(5);

  /** Agents give a sign of life each ten seconds. */
  private static final Duration SILENCE = Duration.ofSeconds(25);

  private static final int LONGEST_LINE = 64 << 10;

  /** Whom it tells. */
  interface Listener {
    /** Something is known that was not before. */
    void changed();

    /** It may be that something happened: ask everybody. */
    void ask();

    void occurred(Occurrence occurrence);
  }

  private final Place place;
  private final AgentPort port;
  private final Listener listener;
  private final Semaphore bell = new Semaphore(0);
  private final Thread asking;
  private final Thread listening;

  private volatile Optional<Report> report = Optional.empty();
  private volatile Optional<Sight.Load> load = Optional.empty();
  private volatile String trouble = "it was not asked yet";
  private volatile boolean closed;
  private volatile long refused;
  private volatile @Nullable InputStream stream;
  private volatile long heard = System.nanoTime();
  private long figuresEpoch = -1;
  private long figuresAt = System.nanoTime() - FIGURES.toNanos();
  private volatile Duration figuresEach = FIGURES;

  AgentWatch(Place place, AgentPort port, Listener listener) {
    this.place = place;
    this.port = port;
    this.listener = listener;
    asking = Thread.ofVirtual().name("ask " + place.name()).start(this::ask);
    listening = Thread.ofVirtual().name("listen to " + place.name()).start(this::listen);
  }

  Place place() {
    return place;
  }

  /** What it told last, if it answers. */
  Optional<Report> report() {
    return report;
  }

  /** What it serves, as it told last. */
  Optional<Sight.Load> load() {
    return load;
  }

  /** Records that its broker refused when it was given the state. */
  long refused() {
    return refused;
  }

  /** Why it does not answer. */
  String trouble() {
    return trouble;
  }

  /** Asks at once. */
  void ring() {
    bell.release();
  }

  /** How often figures are wanted: for a while after a change of leader, more often. */
  void hurry(Duration each) {
    figuresEach = each;
    ring();
  }

  private void ask() {
    while (!closed) {
      try {
        cluster();
        var told = report;
        if (told.isPresent() && wantsFigures(told.get())) {
          figures(told.get());
        }
        hushed();
        var wait = figuresEach.compareTo(PERIOD) < 0 ? figuresEach : PERIOD;
        bell.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
        bell.drainPermits();
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "asking " + place.name() + " failed", e);
        pause();
      }
    }
  }

  private void cluster() throws InterruptedException {
    try {
      var body = port.get(place.agent("/api/v1/cluster"), PATIENCE);
      var told = Report.read(place.name(), Instant.now(), body);
      if (told.epoch() != figuresEpoch) {
        load = Optional.empty();
      }
      report = Optional.of(told);
      trouble = "";
    } catch (IOException e) {
      report = Optional.empty();
      load = Optional.empty();
      trouble = String.valueOf(e.getMessage());
    }
    listener.changed();
  }

  /** A new leader's are wanted at once; what is known of it is from when another one led. */
  private boolean wantsFigures(Report told) {
    return told.epoch() != figuresEpoch || System.nanoTime() - figuresAt >= figuresEach.toNanos();
  }

  private void figures(Report told) throws InterruptedException {
    if (told.leads() && !told.serving()) {
      load = Optional.empty(); // Who was connected to the leader before is still counted.
      return;
    }
    figuresAt = System.nanoTime();
    figuresEpoch = told.epoch();
    try {
      var page = Samples.read(port.get(place.agent("/metrics"), PATIENCE));
      load =
          Optional.of(
              new Sight.Load(
                  (int) page.number("mosquitto_ha_state_records{kind=\"connections\"}"),
                  (int) page.number("mosquitto_ha_state_records{kind=\"sessions\"}"),
                  (int) page.number("mosquitto_ha_connections{route=\"held\"}"),
                  page.number("mosquitto_ha_state_bytes"),
                  page.number("mosquitto_ha_state_limit_bytes")));
      refused = page.number("mosquitto_ha_restore_refused_records");
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "{0} gives no figures: {1}", place.name(), e.getMessage());
    }
    listener.changed();
  }

  /** A stream whose other end vanished without a word would be read for ever. */
  private void hushed() {
    var open = stream;
    if (open != null && System.nanoTime() - heard > SILENCE.toNanos()) {
      close(open);
    }
  }

  private void listen() {
    while (!closed) {
      try (var events = port.events(place.agent("/api/v1/events"), PATIENCE);
          var in = new BufferedInputStream(events)) {
        heard = System.nanoTime();
        stream = in;
        lines(in, this::line);
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "{0} tells no events: {1}", place.name(), e.getMessage());
      } catch (InterruptedException e) {
        return;
      }
      if (stream != null) { // It had told until now: something may have happened.
        stream = null;
        listener.ask();
      }
      pause();
    }
  }

  private void line(String line) {
    heard = System.nanoTime();
    if (!line.startsWith("data:")) {
      return;
    }
    try {
      listener.occurred(Report.occurrence(line.substring("data:".length())));
      listener.ask();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "{0} told what is not understood: {1}", place.name(), e.getMessage());
    }
  }

  private static void lines(InputStream in, Consumer<String> consumer) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (next == '\n') {
        consumer.accept(line.toString(StandardCharsets.UTF_8));
        line.reset();
      } else if (line.size() < LONGEST_LINE) {
        line.write(next);
      } else {
        throw new IOException("a line is too long");
      }
    }
  }

  private void pause() {
    try {
      Thread.sleep(PERIOD);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  private static void close(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  @Override
  public void close() {
    closed = true;
    asking.interrupt();
    listening.interrupt();
    var open = stream;
    if (open != null) {
      close(open);
    }
  }
}
