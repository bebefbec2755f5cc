package io.mosquittoha.bench;

import static io.mosquittoha.bench.report.Figures.mebibytes;
import static io.mosquittoha.bench.report.Figures.number;
import static io.mosquittoha.bench.report.Figures.percent;

import io.mosquittoha.bench.load.LoadResult;
import io.mosquittoha.bench.load.LoadRun;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.report.Machine;
import io.mosquittoha.bench.report.Output;
import io.mosquittoha.bench.report.Report;
import io.mosquittoha.bench.subject.Subject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "compare",
    description =
        "Starts brokers on this machine, one after another, puts the same loads on each, and prints"
            + " ratios. Rounds alternate, so that a machine that gets slower is slower for all;"
            + " each round begins with empty brokers.",
    footer = {"", "What each subject does to be safe is in its note and in bench/subjects."})
final class CompareCommand implements Callable<Integer> {
  private static final Map<String, String> LOADS = loads();

  @Mixin private Output output = new Output();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--subjects",
      split = ",",
      paramLabel = "NAME",
      description = {
        "mosquitto, persist-sqlite, rabbitmq, nats, nats-fsync, cluster (this: three agents and"
            + " brokers), those of --subject;",
        "NAME+haproxy is the same behind HAProxy. Default: all but nats-fsync"
      })
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--subject",
      paramLabel = "NAME=COMMAND",
      description = "another subject; see bench/subjects/common.sh")
  private Map<String, Path> others = new LinkedHashMap<>();

  @Option(
      names = "--loads",
      split = ",",
      paramLabel = "NAME",
      description =
          "qos0, qos1, qos1-persistent, qos2-persistent, fan-in, fan-out, paced, those of --load."
              + " Default: all")
  private List<String> chosen = new ArrayList<>();

  @Option(
      names = "--load",
      paramLabel = "NAME=OPTIONS",
      description =
          "another load, with the options of `throughput`: --load 'big=--qos 1 --payload 10000'")
  private Map<String, String> more = new LinkedHashMap<>();

  @Option(
      names = "--baseline",
      split = ",",
      paramLabel = "NAME",
      description = "what the others are divided by (default: mosquitto,persist-sqlite)")
  private List<String> baselines = List.of("mosquitto", "persist-sqlite");

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "medians of so many (default: ${DEFAULT-VALUE})")
  private int rounds = 3;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "of a load (default: ${DEFAULT-VALUE})")
  private Duration duration = Duration.ofSeconds(5);

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      defaultValue = "2s",
      description = "before that (default: ${DEFAULT-VALUE})")
  private Duration warmUp = Duration.ofSeconds(2);

  private static Map<String, String> loads() {
    var loads = new LinkedHashMap<String, String>();
    loads.put("qos0", "--qos 0");
    loads.put("qos1", "--qos 1");
    loads.put("qos1-persistent", "--qos 1 --persistent");
    loads.put("qos2-persistent", "--qos 2 --persistent");
    loads.put("fan-in", "--qos 1 --persistent --shape fanIn --publishers 20 --subscribers 2");
    loads.put("fan-out", "--qos 1 --persistent --shape fanOut --publishers 2 --subscribers 10");
    loads.put("paced", "--qos 1 --persistent --rate 1000");
    return loads;
  }

  @Override
  public Integer call() throws Exception {
    var folder = Path.of(System.getProperty("bench.folder", "bench")).resolve("subjects");
    var subjects =
        (names.isEmpty() ? usual() : names)
            .stream().map(name -> Subject.named(name, folder, others)).toList();
    var loads = new LinkedHashMap<>(LOADS);
    loads.putAll(more);
    if (!chosen.isEmpty() || !more.isEmpty()) {
      var wanted = new ArrayList<>(chosen);
      wanted.addAll(more.keySet());
      for (var name : wanted) {
        if (!loads.containsKey(name)) {
          throw new IllegalArgumentException(
              "there is no load '" + name + "'; there are " + loads.keySet());
        }
      }
      loads.keySet().retainAll(wanted);
    }
    loads.values().forEach(CompareCommand::options);
    var facts = Machine.facts(spec.commandLine().getParent().getParseResult().originalArgs());
    var comparison = new Comparison(baselines);
    for (var round = 1; round <= rounds; round++) {
      for (var turn = 0; turn < subjects.size(); turn++) {
        // Another one begins in each round.
        measure(subjects.get((turn + round - 1) % subjects.size()), loads, round, comparison);
      }
    }
    output.write(
        comparison.report(subjects.stream().map(Subject::name).toList(), loads, facts),
        spec.commandLine().getOut());
    return comparison.failed() ? 1 : 0;
  }

  private List<String> usual() {
    var usual =
        new ArrayList<>(
            List.of(
                "mosquitto",
                "persist-sqlite",
                "mosquitto+haproxy",
                "single+haproxy",
                "cluster",
                "cluster-memory",
                "rabbitmq",
                "nats"));
    others.keySet().stream().filter(name -> !usual.contains(name)).forEach(usual::add);
    return usual;
  }

  private static LoadOptions options(String text) {
    var options = new LoadOptions();
    new CommandLine(options)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(text.strip().split("\\s+"));
    return options;
  }

  private void measure(
      Subject subject, Map<String, String> loads, int round, Comparison comparison) {
    var err = spec.commandLine().getErr();
    try (var running = subject.start()) {
      comparison.note(subject.name(), running.note());
      for (var load : loads.entrySet()) {
        try {
          var result =
              LoadRun.run(
                  options(load.getValue())
                      .load(running.targets(), warmUp, duration, 4, Identity.Credentials.NONE),
                  running.processes());
          comparison.add(subject.name(), load.getKey(), result);
          err.printf(
              "round %d/%d, %s, %s: %s delivered/s%n",
              round, rounds, subject.name(), load.getKey(), number(result.delivered()));
        } catch (RuntimeException e) {
          comparison.failure(subject.name(), load.getKey(), String.valueOf(e.getMessage()));
          err.printf(
              "round %d/%d, %s, %s: %s%n",
              round, rounds, subject.name(), load.getKey(), e.getMessage());
        }
        err.flush();
      }
    } catch (Exception e) {
      comparison.failure(subject.name(), "", String.valueOf(e.getMessage()));
      err.printf("round %d/%d, %s: %s%n", round, rounds, subject.name(), e.getMessage());
      err.flush();
    }
  }

  /** What all rounds gave. */
  static final class Comparison {
    private record Cell(String subject, String load) {}

    private final List<String> baselines;
    private final Map<Cell, List<LoadResult>> results = new LinkedHashMap<>();
    private final Map<Cell, String> failures = new LinkedHashMap<>();
    private final Map<String, String> notes = new LinkedHashMap<>();

    Comparison(List<String> baselines) {
      this.baselines = baselines;
    }

    void note(String subject, String note) {
      notes.put(subject, note);
    }

    void add(String subject, String load, LoadResult result) {
      results.computeIfAbsent(new Cell(subject, load), cell -> new ArrayList<>()).add(result);
    }

    void failure(String subject, String load, String why) {
      failures.put(new Cell(subject, load), why);
    }

    boolean failed() {
      return !failures.isEmpty();
    }

    double median(String subject, String load, ToDoubleFunction<LoadResult> figure) {
      var sorted =
          results.getOrDefault(new Cell(subject, load), List.of()).stream()
              .mapToDouble(figure)
              .sorted()
              .toArray();
      var middle = sorted.length / 2;
      return sorted.length == 0
          ? Double.NaN
          : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    Report report(List<String> subjects, Map<String, String> loads, Map<String, String> facts) {
      notes.forEach((subject, note) -> facts.put(subject, note));
      var data = new ArrayList<Map<String, Object>>();
      var sections =
          loads.entrySet().stream()
              .map(load -> section(load.getKey(), load.getValue(), subjects, data))
              .toList();
      return new Report("Comparison", facts, sections, data);
    }

    private Report.Section section(
        String load, String options, List<String> subjects, List<Map<String, Object>> data) {
      var bases = baselines.stream().filter(subjects::contains).toList();
      var columns = new ArrayList<>(List.of("", "delivered/s", "from", "to"));
      bases.forEach(base -> columns.add("× " + base));
      columns.addAll(
          List.of(
              "ack p50",
              "ack p99",
              "delivery p50",
              "delivery p99",
              "µs CPU/message",
              "RSS MiB",
              "undelivered",
              "generator"));
      var rows = new ArrayList<List<String>>();
      var bars = new ArrayList<Report.Bar>();
      var notes = new ArrayList<String>();
      for (var subject : subjects) {
        var runs = results.getOrDefault(new Cell(subject, load), List.of());
        var why =
            failures.getOrDefault(new Cell(subject, load), failures.get(new Cell(subject, "")));
        if (why != null) {
          notes.add(subject + " failed: " + why);
        }
        if (!runs.isEmpty()) {
          var note = ThroughputCommand.note(options(options).qos(), runs.getFirst());
          notes.addAll(note.isBlank() ? List.of() : List.of(subject + ": " + note.strip()));
        }
        var delivered = median(subject, load, LoadResult::delivered);
        var low = runs.stream().mapToDouble(LoadResult::delivered).min().orElse(Double.NaN);
        var high = runs.stream().mapToDouble(LoadResult::delivered).max().orElse(Double.NaN);
        var figures = new ArrayList<Double>(List.of(delivered, low, high));
        bases.forEach(base -> figures.add(delivered / median(base, load, LoadResult::delivered)));
        figures.add(median(subject, load, run -> run.acknowledged().p50()));
        figures.add(median(subject, load, run -> run.acknowledged().p99()));
        figures.add(median(subject, load, run -> run.arrived().p50()));
        figures.add(median(subject, load, run -> run.arrived().p99()));
        figures.add(median(subject, load, LoadResult::cpuMicrosPerMessage));
        var row = new ArrayList<>(List.of(subject));
        figures.forEach(figure -> row.add(figure.isNaN() ? "–" : number(figure)));
        var memory = median(subject, load, run -> run.usage().residentBytes());
        row.add(Double.isNaN(memory) ? "–" : mebibytes(memory));
        row.add(Long.toString(runs.stream().mapToLong(LoadResult::undelivered).sum()));
        var busy = median(subject, load, LoadResult::generatorBusy);
        row.add(Double.isNaN(busy) ? "–" : percent(busy));
        rows.add(row);
        if (!runs.isEmpty()) {
          bars.add(new Report.Bar(subject, delivered, low, high));
        }
        var datum = new LinkedHashMap<String, Object>();
        datum.put("load", load);
        datum.put("options", options);
        datum.put("subject", subject);
        datum.put("runs", runs);
        if (why != null) {
          datum.put("failure", why);
        }
        data.add(datum);
      }
      return new Report.Section(
          load + " (" + options + ")",
          String.join("\n", notes),
          columns,
          rows,
          new Report.Chart.Bars("/s", bars));
    }
  }
}
