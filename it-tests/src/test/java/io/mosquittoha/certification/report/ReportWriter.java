package io.mosquittoha.certification.report;

import io.mosquittoha.certification.lab.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Listens to JUnit and writes {@code report.json} and {@code report.html} after every class, so
 * that a run which is cut short leaves one as well. Only classes of the certification ({@code …IT})
 * are in it.
 */
public final class ReportWriter implements TestExecutionListener {

  private final Instant started = Instant.now();
  private final Map<String, Map<String, String>> clusters = new LinkedHashMap<>();
  private final List<Check> checks = new ArrayList<>();
  private final Map<String, Long> begun = new LinkedHashMap<>();
  private final Map<String, List<Figure>> figures = new LinkedHashMap<>();
  private final Map<String, String> evidence = new LinkedHashMap<>();
  private Optional<TestPlan> plan = Optional.empty();

  @Override
  public synchronized void testPlanExecutionStarted(TestPlan testPlan) {
    plan = Optional.of(testPlan);
  }

  @Override
  public synchronized void executionStarted(TestIdentifier test) {
    begun.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public synchronized void reportingEntryPublished(TestIdentifier test, ReportEntry entry) {
    var pairs = entry.getKeyValuePairs();
    if (pairs.containsKey(Figures.NAME)) {
      figures
          .computeIfAbsent(test.getUniqueId(), id -> new ArrayList<>())
          .add(
              new Figure(
                  pairs.get(Figures.NAME),
                  pairs.get(Figures.VALUE),
                  pairs.getOrDefault(Figures.UNIT, "")));
    } else if (pairs.containsKey("evidence")) {
      evidence.put(test.getUniqueId(), pairs.get("evidence"));
    } else if (pairs.keySet().stream().anyMatch(key -> key.startsWith(Figures.CLUSTER))) {
      var description = new LinkedHashMap<String, String>();
      pairs.forEach((key, value) -> description.put(key.replace(Figures.CLUSTER, ""), value));
      if (!clusters.containsValue(description)) {
        clusters.put(
            clusters.isEmpty() ? "Cluster" : "Cluster " + (clusters.size() + 1), description);
      }
    }
  }

  @Override
  public synchronized void executionSkipped(TestIdentifier test, String reason) {
    group(test)
        .ifPresent(group ->
            checks.add(
                new Check(
                    group,
                    sentence(test),
                    Check.Result.SKIPPED,
                    Optional.of(reason),
                    Optional.empty(),
                    Duration.ZERO,
                    List.of())));
  }

  @Override
  public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
    group(test).ifPresent(group -> finished(group, test, result));
    if (test.getSource().filter(ClassSource.class::isInstance).isPresent()) {
      write();
    }
  }

  private void finished(String group, TestIdentifier test, TestExecutionResult result) {
    // A class is a check of its own only when preparing it, or cleaning up after it, went wrong.
    if (!test.isTest() && result.getStatus() == TestExecutionResult.Status.SUCCESSFUL) {
      return;
    }
    checks.add(
        new Check(
            group,
            test.isTest() ? sentence(test) : "everything around the checks of this group works",
            switch (result.getStatus()) {
              case SUCCESSFUL -> Check.Result.PASSED;
              case ABORTED -> Check.Result.SKIPPED;
              case FAILED -> Check.Result.FAILED;
            },
            result.getThrowable().map(failure -> String.valueOf(failure.getMessage())),
            Optional.ofNullable(evidence.get(test.getUniqueId())),
            Duration.ofNanos(
                System.nanoTime() - begun.getOrDefault(test.getUniqueId(), System.nanoTime())),
            List.copyOf(figures.getOrDefault(test.getUniqueId(), List.of()))));
  }

  @Override
  public synchronized void testPlanExecutionFinished(TestPlan testPlan) {
    write();
  }

  private Optional<String> group(TestIdentifier test) {
    return test.getSource()
        .flatMap(source ->
            switch (source) {
              case MethodSource method -> Optional.of(method.getClassName());
              case ClassSource type -> Optional.of(type.getClassName());
              default -> Optional.empty();
            })
        .filter(name -> name.endsWith("IT"))
        .map(name -> Sentence.ofClass(name.substring(name.lastIndexOf('.') + 1)));
  }

  private String sentence(TestIdentifier test) {
    if (!(test.getSource().orElse(null) instanceof MethodSource method)) {
      return "all checks of this group";
    }
    var sentence = Sentence.of(method.getMethodName());
    // Invocations of a parameterized test differ by what they say about themselves.
    var parent = plan.flatMap(tests -> tests.getParent(test));
    var isInvocation =
        parent
            .flatMap(TestIdentifier::getSource)
            .filter(MethodSource.class::isInstance)
            .isPresent();
    return isInvocation ? sentence + " (" + test.getDisplayName() + ")" : sentence;
  }

  private void write() {
    if (checks.isEmpty()) {
      return;
    }
    var report =
        new CertificationReport(
            System.getProperty("project.version", "0.1.0"),
            started,
            Duration.between(started, Instant.now()),
            clusters,
            checks);
    try {
      var folder = Files.createDirectories(Checkout.results());
      Files.writeString(folder.resolve("report.json"), report.json());
      Files.writeString(folder.resolve("report.html"), HtmlPage.of(report));
    } catch (IOException e) {
      throw new UncheckedIOException("can't write the certification's report", e);
    }
  }
}
