package io.mosquittoha.bench;

import static io.mosquittoha.bench.report.Figures.mebibytes;
import static io.mosquittoha.bench.report.Figures.number;
import static io.mosquittoha.bench.report.Figures.percent;

import io.mosquittoha.bench.load.Latency;
import io.mosquittoha.bench.load.LoadResult;
import io.mosquittoha.bench.load.LoadRun;
import io.mosquittoha.bench.report.Machine;
import io.mosquittoha.bench.report.Output;
import io.mosquittoha.bench.report.Report;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "throughput",
    description = "Messages per second, latency, and what the processes under test used for it.")
final class ThroughputCommand implements Callable<Integer> {
  @Mixin private Brokers brokers = new Brokers();
  @Mixin private LoadOptions options = new LoadOptions();
  @Mixin private Output output = new Output();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "that is measured (default: ${DEFAULT-VALUE})")
  private Duration duration = Duration.ofSeconds(10);

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      defaultValue = "3s",
      description = "before that (default: ${DEFAULT-VALUE})")
  private Duration warmUp = Duration.ofSeconds(3);

  @Override
  public Integer call() throws Exception {
    var load =
        options.load(brokers.targets(), warmUp, duration, brokers.version(), brokers.credentials());
    var facts = Machine.facts(spec.commandLine().getParent().getParseResult().originalArgs());
    facts.put("load", load.words());
    var result = LoadRun.run(load, brokers.processes());
    output.write(
        new Report(
            "Throughput",
            facts,
            List.of(
                new Report.Section(
                    "Messages",
                    note(load.qos(), result),
                    COLUMNS,
                    List.of(row("all", result)),
                    new Report.Chart.None()),
                new Report.Section(
                    "Latency, ms",
                    "",
                    List.of("", "count", "min", "mean", "p50", "p90", "p99", "p99.9", "max"),
                    List.of(
                        latency("publish → ack", result.acknowledged()),
                        latency("publish → delivery", result.arrived())),
                    new Report.Chart.None())),
            result),
        spec.commandLine().getOut());
    return 0;
  }

  static final List<String> COLUMNS =
      List.of(
          "",
          "published/s",
          "delivered/s",
          "ack p50",
          "ack p99",
          "delivery p50",
          "delivery p99",
          "µs CPU/message",
          "RSS MiB",
          "undelivered",
          "generator");

  static List<String> row(String label, LoadResult result) {
    var watched = result.usage().processes() > 0;
    return List.of(
        label,
        number(result.published()),
        number(result.delivered()),
        number(result.acknowledged().p50()),
        number(result.acknowledged().p99()),
        number(result.arrived().p50()),
        number(result.arrived().p99()),
        watched ? number(result.cpuMicrosPerMessage()) : "–",
        watched ? mebibytes(result.usage().residentBytes()) : "–",
        Long.toString(result.undelivered()),
        percent(result.generatorBusy()));
  }

  /** What a reader of the figures has to know. */
  static String note(int qos, LoadResult result) {
    return (result.granted() < qos ? "The broker granted QoS " + result.granted() + " only. " : "")
        + (result.generatorBusy() > 0.9
            ? "The generator used more than 90 % of its core: the brokers may be able to do more"
                + " than this."
            : "");
  }

  private static List<String> latency(String label, Latency latency) {
    return List.of(
        label,
        Long.toString(latency.count()),
        number(latency.min()),
        number(latency.mean()),
        number(latency.p50()),
        number(latency.p90()),
        number(latency.p99()),
        number(latency.p999()),
        number(latency.max()));
  }
}
