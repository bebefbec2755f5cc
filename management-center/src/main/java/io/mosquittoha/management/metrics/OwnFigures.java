package io.mosquittoha.management.metrics;

import io.mosquittoha.management.web.RequestWatch;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * This application's own figures for Prometheus, at {@code /metrics}. Anyone may read them: there
 * are no names of people, clients or topics in them.
 */
public final class OwnFigures implements Room, RequestWatch {

  private static final String PREFIX = "mosquitto_ha_center_";
  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name(PREFIX + "requests")
          .help("Requests that were answered.")
          .labelNames("method", "status")
          .register(registry);
  private final Histogram seconds =
      Histogram.builder()
          .name(PREFIX + "request_seconds")
          .help("How long answers took, without streams.")
          .classicOnly()
          .classicUpperBounds(.005, .02, .1, .5, 2, 10)
          .register(registry);

  public OwnFigures(String version) {
    gauge("info", "This application.", "version", version);
    var runtime = Runtime.getRuntime();
    gauge(
        "jvm_heap_used_bytes", "Heap in use.", () -> runtime.totalMemory() - runtime.freeMemory());
    gauge("jvm_heap_committed_bytes", "Heap that was taken.", runtime::totalMemory);
    gauge("jvm_heap_max_bytes", "Heap that may be taken.", runtime::maxMemory);
    gauge(
        "process_resident_memory_bytes",
        "Memory of this process.",
        () -> resident().orElse(Double.NaN));
    gauge(
        "process_start_time_seconds",
        "When this process was started.",
        () ->
            ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> start.toEpochMilli() / 1e3)
                .orElse(Double.NaN));
    CounterWithCallback.builder()
        .name(PREFIX + "process_cpu_seconds")
        .help("Processor time of this process.")
        .callback(callback ->
            ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(Duration::toNanos)
                .ifPresent(nanos -> callback.call(nanos / 1e9)))
        .register(registry);
  }

  private void gauge(String name, String help, String label, String value) {
    GaugeWithCallback.builder()
        .name(PREFIX + name)
        .help(help)
        .labelNames(label)
        .callback(callback -> callback.call(1, value))
        .register(registry);
  }

  /**
   * Adds a figure that goes up and down.
   *
   * @param name in lower case with underscores, with its unit at the end
   * @param value asked at each collection; NaN if there is none now. Must not block
   */
  public void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(PREFIX + name)
        .help(help)
        .callback(callback -> {
          var now = value.getAsDouble();
          if (!Double.isNaN(now)) {
            callback.call(now);
          }
        })
        .register(registry);
  }

  /**
   * Adds a figure that only grows.
   *
   * @param name in lower case with underscores, without {@code _total}
   * @return what is added to when it happens
   */
  public LongAdder counter(String name, String help) {
    var counted = new LongAdder();
    CounterWithCallback.builder()
        .name(PREFIX + name)
        .help(help)
        .callback(callback -> callback.call(counted.sum()))
        .register(registry);
    return counted;
  }

  @Override
  public void answered(String method, String path, int status, double took) {
    requests.labelValues(method, Integer.toString(status)).inc();
    if (!path.endsWith("/events")) {
      seconds.observe(took);
    }
  }

  @Override
  public void open(Routes routes) {
    routes.page("/metrics", Role.ANYONE, this::answer);
  }

  private void answer(Visit visit) {
    visit.context().contentType(TYPE).header("Cache-Control", "no-store").result(page());
  }

  /** All of them, in Prometheus' text format. */
  public String page() {
    try {
      var text = new ByteArrayOutputStream();
      PrometheusTextFormatWriter.create().write(text, registry.scrape());
      return text.toString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static OptionalDouble resident() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return OptionalDouble.empty(); // There is no such file outside Linux.
    }
  }
}
