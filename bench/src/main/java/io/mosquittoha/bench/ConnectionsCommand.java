package io.mosquittoha.bench;

import static io.mosquittoha.bench.report.Figures.mebibytes;
import static io.mosquittoha.bench.report.Figures.number;

import io.mosquittoha.bench.load.Crowd;
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
    name = "connections",
    description =
        "Opens connections at a pace and keeps them; says how long each took, which failed or"
            + " broke, and what each costs the processes under test.",
    footer = {
      "",
      "One address of this machine can have some 28,000 connections to one port: name several with"
          + " --from for more. This programme and the brokers need as many open files (ulimit -n)."
    })
final class ConnectionsCommand implements Callable<Integer> {
  @Mixin private Brokers brokers = new Brokers();
  @Mixin private Output output = new Output();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1000",
      description = "connections (default: ${DEFAULT-VALUE})")
  private int count = 1000;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "500",
      description = "new ones per second (default: ${DEFAULT-VALUE})")
  private double rate = 500;

  @Option(
      names = "--hold",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "kept open, all of them (default: ${DEFAULT-VALUE})")
  private Duration hold = Duration.ofSeconds(10);

  @Option(
      names = "--keep-alive",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "default: ${DEFAULT-VALUE}")
  private int keepAlive = 60;

  @Option(
      names = "--connect-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "to CONNACK (default: ${DEFAULT-VALUE})")
  private Duration patience = Duration.ofSeconds(10);

  @Option(
      names = "--from",
      split = ",",
      paramLabel = "ADDRESS",
      description = "addresses of this machine to connect from, in turn")
  private List<String> from = List.of();

  @Override
  public Integer call() throws Exception {
    if (count < 1 || rate <= 0) {
      throw new IllegalArgumentException("--count is 1 at least, and --rate more than 0");
    }
    var facts = Machine.facts(spec.commandLine().getParent().getParseResult().originalArgs());
    var crowd =
        Crowd.gather(
            new Crowd.Plan(
                brokers.targets(),
                from,
                count,
                rate,
                hold,
                keepAlive,
                patience,
                brokers.version(),
                brokers.credentials()),
            brokers.processes());
    var connect = crowd.connect();
    var watched = crowd.residentAfter() > 0;
    output.write(
        new Report(
            "Connections",
            facts,
            List.of(
                new Report.Section(
                    "Connections",
                    String.join("\n", crowd.reasons()),
                    List.of("", "count"),
                    List.of(
                        List.of("asked for", Integer.toString(count)),
                        List.of("opened", Integer.toString(crowd.opened())),
                        List.of("failed", Integer.toString(crowd.failed())),
                        List.of("broke while they were kept", Integer.toString(crowd.broken())),
                        List.of("seconds until all were open", number(crowd.seconds())),
                        List.of(
                            "memory before, MiB",
                            watched ? mebibytes(crowd.residentBefore()) : "–"),
                        List.of(
                            "memory with all, MiB",
                            watched ? mebibytes(crowd.residentAfter()) : "–"),
                        List.of("KiB for each", watched ? number(crowd.bytesEach() / 1024) : "–"),
                        List.of(
                            "CPU seconds while they were idle",
                            watched ? number(crowd.idleCpuSeconds()) : "–")),
                    new Report.Chart.None()),
                new Report.Section(
                    "TCP connect → CONNACK, ms",
                    "",
                    List.of("", "count", "min", "p50", "p90", "p99", "max"),
                    List.of(
                        List.of(
                            "time",
                            Long.toString(connect.count()),
                            number(connect.min()),
                            number(connect.p50()),
                            number(connect.p90()),
                            number(connect.p99()),
                            number(connect.max()))),
                    new Report.Chart.None())),
            crowd),
        spec.commandLine().getOut());
    return crowd.failed() + crowd.broken() == 0 ? 0 : 1;
  }
}
