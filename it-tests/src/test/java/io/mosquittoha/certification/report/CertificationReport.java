package io.mosquittoha.certification.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/**
 * The whole run.
 *
 * @param clusters by name, what each cluster was
 */
public record CertificationReport(
    String version,
    Instant started,
    Duration duration,
    Map<String, Map<String, String>> clusters,
    List<Check> checks) {

  public long count(Check.Result result) {
    return checks.stream().filter(check -> check.result() == result).count();
  }

  public boolean passed() {
    return count(Check.Result.FAILED) == 0 && count(Check.Result.PASSED) > 0;
  }

  /** For programs. Field names are added but never changed. */
  public String json() {
    var json = new ObjectMapper();
    var root = json.createObjectNode();
    root.put("project", "mosquitto-ha");
    root.put("version", version);
    root.put("result", passed() ? "passed" : "failed");
    root.put("started", started.truncatedTo(ChronoUnit.SECONDS).toString());
    root.put("durationSeconds", duration.toMillis() / 1000.0);
    var counts = root.putObject("counts");
    for (var result : Check.Result.values()) {
      counts.put(result.name().toLowerCase(java.util.Locale.ROOT), count(result));
    }
    var described = root.putArray("clusters");
    clusters.forEach((name, description) -> {
      var cluster = described.addObject().put("name", name);
      description.forEach(cluster::put);
    });
    var list = root.putArray("checks");
    checks.forEach(check -> write(check, list.addObject()));
    return root.toPrettyString() + "\n";
  }

  private static void write(Check check, ObjectNode to) {
    to.put("group", check.group());
    to.put("check", check.sentence());
    to.put("result", check.result().name().toLowerCase(java.util.Locale.ROOT));
    check.reason().ifPresent(reason -> to.put("reason", reason));
    check.evidence().ifPresent(evidence -> to.put("evidence", evidence));
    to.put("durationSeconds", check.duration().toMillis() / 1000.0);
    var figures = to.putArray("figures");
    for (var figure : check.figures()) {
      var entry = figures.addObject().put("name", figure.name());
      try {
        entry.put("value", Double.parseDouble(figure.value()));
      } catch (NumberFormatException e) {
        entry.put("value", figure.value());
      }
      if (!figure.unit().isEmpty()) {
        entry.put("unit", figure.unit());
      }
    }
  }
}
