package io.mosquittoha.bench;

import static io.mosquittoha.bench.report.Figures.number;

import io.mosquittoha.bench.ledger.Failover;
import io.mosquittoha.bench.ledger.Plan;
import io.mosquittoha.bench.ledger.Round;
import io.mosquittoha.bench.ledger.Verdict;
import io.mosquittoha.bench.load.Latency;
import io.mosquittoha.bench.machine.Hook;
import io.mosquittoha.bench.report.Machine;
import io.mosquittoha.bench.report.Output;
import io.mosquittoha.bench.report.Report;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "failover",
    description =
        "Kills by a command of yours, again and again, while publishers and subscribers go on; says"
            + " how long clients were without service, and keeps a ledger of every acknowledged"
            + " message.",
    footer = {
      "",
      "Exit status: 0 the brokers kept their word; 1 something acknowledged was lost, a QoS 2"
          + " message came twice, order or a session was lost, or clients did not come back; 2 it"
          + " could not be run.",
      "",
      "Example, on Kubernetes:",
      "  bench/run failover -b NODE:31028 -n 100 --hook 'echo killed $(date +%%s%%N);"
          + " kubectl delete pod \"$(./leader)\" --force --grace-period=0'"
    })
final class FailoverCommand implements Callable<Integer> {
  @Mixin private Brokers brokers = new Brokers();
  @Mixin private Output output = new Output();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--hook",
      required = true,
      paramLabel = "COMMAND",
      description = {
        "what kills; run by the shell, {n} is the round.",
        "Prints it 'killed NANOSECONDS' (date +%%s%%N), times count from then, else from its start"
      })
  private String hook = "";

  @Option(
      names = "--ready",
      paramLabel = "COMMAND",
      description = "is run before each kill until it succeeds: the brokers can take it")
  private @Nullable String ready;

  @Option(
      names = "--hook-timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "for each run of a command (default: ${DEFAULT-VALUE})")
  private Duration hookTimeout = Duration.ofSeconds(60);

  @Option(
      names = {"-n", "--rounds"},
      paramLabel = "N",
      defaultValue = "10",
      description = "kills (default: ${DEFAULT-VALUE})")
  private int rounds = 10;

  @Option(
      names = "--qos",
      paramLabel = "1|2",
      split = ",",
      defaultValue = "1,2",
      description = "a publisher for each (default: ${DEFAULT-VALUE})")
  private List<Integer> qos = List.of(1, 2);

  @Option(
      names = "--subscribers",
      paramLabel = "N",
      defaultValue = "1",
      description = "online but for failures (default: ${DEFAULT-VALUE})")
  private int subscribers = 1;

  @Option(
      names = "--sleepers",
      paramLabel = "N",
      defaultValue = "1",
      description = "subscribers that are away, and collect at the end (default: ${DEFAULT-VALUE})")
  private int sleepers = 1;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "100",
      description = "messages per second of each publisher (default: ${DEFAULT-VALUE})")
  private double rate = 100;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "20",
      description = "unacknowledged messages of a publisher (default: ${DEFAULT-VALUE})")
  private int window = 20;

  @Option(
      names = "--payload",
      paramLabel = "BYTES",
      defaultValue = "64",
      description = "of a message (default: ${DEFAULT-VALUE})")
  private int payload = 64;

  @Option(
      names = "--retry",
      paramLabel = "TIME",
      defaultValue = "50ms",
      description =
          "between two attempts to connect; the first is made at once (default: ${DEFAULT-VALUE})")
  private Duration retry = Duration.ofMillis(50);

  @Option(
      names = "--connect-timeout",
      paramLabel = "TIME",
      defaultValue = "3s",
      description = "for an attempt, to CONNACK (default: ${DEFAULT-VALUE})")
  private Duration patience = Duration.ofSeconds(3);

  @Option(
      names = "--silence",
      paramLabel = "TIME",
      defaultValue = "10s",
      description =
          "without an acknowledgement, then the publisher connects anew; 0: never (default:"
              + " ${DEFAULT-VALUE})")
  private Duration silence = Duration.ofSeconds(10);

  @Option(
      names = "--settle",
      paramLabel = "TIME",
      defaultValue = "1s",
      description = "quiet time before each kill (default: ${DEFAULT-VALUE})")
  private Duration settle = Duration.ofSeconds(1);

  @Option(
      names = "--give-up",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "when clients are not back, or it is not ready (default: ${DEFAULT-VALUE})")
  private Duration giveUp = Duration.ofSeconds(60);

  @Option(
      names = "--drain",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "for messages on their way at the end (default: ${DEFAULT-VALUE})")
  private Duration drain = Duration.ofSeconds(30);

  @Override
  public Integer call() throws Exception {
    var plan =
        new Plan(
            brokers.targets(),
            qos,
            subscribers,
            sleepers,
            rate,
            window,
            payload,
            rounds,
            retry,
            patience,
            silence,
            settle,
            giveUp,
            drain,
            brokers.version(),
            brokers.credentials());
    var facts = Machine.facts(spec.commandLine().getParent().getParseResult().originalArgs());
    var err = spec.commandLine().getErr();
    var result =
        Failover.run(
            plan,
            new Hook(hook, hookTimeout),
            Optional.ofNullable(ready).map(command -> new Hook(command, hookTimeout)),
            line -> {
              err.println(line);
              err.flush();
            });
    output.write(report(plan, result, facts), spec.commandLine().getOut());
    return result.clean() ? 0 : 1;
  }

  private static Report report(
      Plan plan, Failover.Result result, java.util.Map<String, String> facts) {
    var clients = plan.qos().size() + plan.subscribers();
    var interrupted = result.rounds().stream().filter(Round::interrupted).count();
    facts.put(
        "clients",
        "%d publishers (QoS %s, %s/s each), %d subscribers, %d away until the end"
            .formatted(
                plan.qos().size(),
                plan.qos(),
                number(plan.rate()),
                plan.subscribers(),
                plan.sleepers()));
    facts.put(
        "kills",
        "%d; of %d connections that could break, %d did"
            .formatted(plan.rounds(), plan.rounds() * clients, interrupted));
    var distributions = new LinkedHashMap<String, List<Double>>();
    distributions.put("first acknowledgement", times(result, Round::publisher, Round::served));
    distributions.put("first delivery", times(result, round -> !round.publisher(), Round::served));
    distributions.put(
        "publisher knows its connection is gone", times(result, Round::publisher, Round::lost));
    distributions.put("publisher is connected again", times(result, Round::publisher, Round::back));
    distributions.put(
        "longest time without an acknowledgement",
        result.rounds().stream().filter(Round::publisher).map(Round::gap).toList());
    var rows = new ArrayList<List<String>>();
    distributions.forEach((label, values) -> rows.add(row(label, latency(values))));
    var series =
        List.of(
            new Report.Series(
                "kill → first acknowledgement", distributions.values().iterator().next()),
            new Report.Series(
                "kill → first delivery",
                times(result, round -> !round.publisher(), Round::served)));
    var data = new LinkedHashMap<String, Object>();
    data.put("clean", result.clean());
    data.put("verdict", result.verdict());
    data.put("problems", result.problems());
    var summaries = new LinkedHashMap<String, Latency>();
    distributions.forEach((label, values) -> summaries.put(label, latency(values)));
    data.put("milliseconds", summaries);
    data.put("rounds", result.rounds());
    return new Report(
        "Failover",
        facts,
        List.of(
            new Report.Section(
                "From the kill, ms",
                "A client tries again at once when its connection ends, then every "
                    + plan.retry().toMillis()
                    + " ms.",
                List.of("", "count", "min", "p50", "p90", "p99", "max"),
                rows,
                new Report.Chart.Shares("ms from the kill; share of all", series)),
            ledger(result)),
        data);
  }

  private static Report.Section ledger(Failover.Result result) {
    Verdict verdict = result.verdict();
    var notes = new ArrayList<String>(result.problems());
    notes.addAll(verdict.examples());
    notes.add(
        result.clean() ? "The brokers kept their word." : "THE BROKERS DID NOT KEEP THEIR WORD.");
    return new Report.Section(
        "Ledger",
        String.join("\n", notes),
        List.of("", "count"),
        List.of(
            List.of("acknowledged", Long.toString(verdict.acknowledged())),
            List.of("received, by all subscribers", Long.toString(verdict.received())),
            List.of("acknowledged and lost", Long.toString(verdict.lost())),
            List.of("QoS 2 duplicates", Long.toString(verdict.duplicatesExactlyOnce())),
            List.of("QoS 1 duplicates (allowed)", Long.toString(verdict.duplicatesAtLeastOnce())),
            List.of("out of order", Long.toString(verdict.reordered())),
            List.of("sessions found again", Long.toString(verdict.sessionsPresent())),
            List.of("sessions lost", Long.toString(verdict.sessionsLost())),
            List.of("refused", Long.toString(verdict.refused())),
            List.of("other breaches of MQTT", Long.toString(verdict.breaches()))),
        new Report.Chart.None());
  }

  private static List<Double> times(
      Failover.Result result, Predicate<Round> which, ToDoubleFunction<Round> what) {
    return result.rounds().stream()
        .filter(which)
        .mapToDouble(what)
        .filter(value -> value >= 0)
        .boxed()
        .toList();
  }

  private static Latency latency(List<Double> millis) {
    var histogram = new Histogram(3);
    millis.forEach(value -> histogram.recordValue(Math.round(value * 1e6)));
    return Latency.of(histogram);
  }

  private static List<String> row(String label, Latency latency) {
    return List.of(
        label,
        Long.toString(latency.count()),
        number(latency.min()),
        number(latency.p50()),
        number(latency.p90()),
        number(latency.p99()),
        number(latency.max()));
  }
}
