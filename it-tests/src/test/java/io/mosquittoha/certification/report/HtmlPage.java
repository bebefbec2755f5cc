package io.mosquittoha.certification.report;

import io.mosquittoha.certification.lab.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The report as one page that needs nothing else: it can be mailed, printed and kept. */
final class HtmlPage {

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1c2126; --soft: #5b6670; --paper: #fff; --line: #d9dee3;
        --good: #1a7f46; --bad: #b3261e; --idle: #8a6d00; --wash: #f4f6f8 }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --soft: #9aa6b1; --paper: #14181c;
        --line: #333b43; --good: #58c98a; --bad: #ff8a80; --idle: #e0c15a; --wash: #1d2328 } }
      body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
      h1 { line-height: 1.2; margin-bottom: .2rem } h2 { margin-top: 2.2rem }
      .lead { font-size: 1.15rem } .soft { color: var(--soft) }
      .passed { color: var(--good) } .failed { color: var(--bad) } .skipped { color: var(--idle) }
      table { border-collapse: collapse; width: 100%; table-layout: auto }
      td, th { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
        border-bottom: 1px solid var(--line) }
      th { font-weight: 600; color: var(--soft) }
      td.mark { width: 5rem; font-weight: 600 } td.took { width: 5rem; text-align: right; white-space: nowrap }
      ul.figures { list-style: none; margin: .2rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem }
      ul.figures li { background: var(--wash); border-radius: .3rem; padding: 0 .5rem; font-size: .9rem }
      ul.figures img { max-width: 100%; border: 1px solid var(--line) }
      code { overflow-wrap: anywhere }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--wash); padding: .5rem; font-size: .85rem }
      @media print { body { margin: 0; max-width: none } tr, h2 { break-inside: avoid; break-after: auto } }
      """;

  private HtmlPage() {}

  static String of(CertificationReport report) {
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Mosquitto HA %1$s: certification</title>
    <style>
    %2$s</style>
    </head>
    <body>
    <h1>Mosquitto HA %1$s: certification</h1>
    <p class="lead"><strong class="%3$s">%4$s</strong>: %5$s</p>
    <p class="soft">%6$s, %7$s. Every check installs charts with Helm and judges them with MQTT clients outside the
    cluster, through node ports. Figures were measured in this run on this cluster; they are recorded, not judged.</p>
    %8$s
    %9$s
    </body>
    </html>
    """
        .formatted(
            escaped(report.version()),
            STYLE,
            report.passed() ? "passed" : "failed",
            report.passed() ? "Passed" : "Failed",
            summary(report),
            DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
                .withZone(ZoneOffset.UTC)
                .format(report.started()),
            duration(report.duration()),
            clusters(report),
            groups(report));
  }

  private static String summary(CertificationReport report) {
    return "%d checks passed, %d failed, %d skipped"
        .formatted(
            report.count(Check.Result.PASSED),
            report.count(Check.Result.FAILED),
            report.count(Check.Result.SKIPPED));
  }

  private static String clusters(CertificationReport report) {
    return report.clusters().entrySet().stream()
        .map(cluster ->
            "<h2>%s</h2>\n<table>\n%s\n</table>"
                .formatted(
                    escaped(cluster.getKey()),
                    cluster.getValue().entrySet().stream()
                        .map(fact ->
                            "<tr><th scope=\"row\">%s</th><td>%s</td></tr>"
                                .formatted(escaped(fact.getKey()), escaped(fact.getValue())))
                        .collect(Collectors.joining("\n"))))
        .collect(Collectors.joining("\n"));
  }

  private static String groups(CertificationReport report) {
    return report.checks().stream()
        .map(Check::group)
        .distinct()
        .map(group ->
            group(
                group,
                report.checks().stream().filter(check -> check.group().equals(group)).toList()))
        .collect(Collectors.joining("\n"));
  }

  private static String group(String name, List<Check> checks) {
    return "<h2>%s</h2>\n<table>\n<tr><th>Result</th><th>Check</th><th class=\"took\">Took</th></tr>\n%s\n</table>"
        .formatted(
            escaped(name), checks.stream().map(HtmlPage::row).collect(Collectors.joining("\n")));
  }

  private static String row(Check check) {
    var result = check.result().name().toLowerCase(Locale.ROOT);
    return "<tr><td class=\"mark %s\">%s</td><td>%s%s%s%s</td><td class=\"took\">%s</td></tr>"
        .formatted(
            result,
            result,
            escaped(check.sentence()),
            figures(check.figures()),
            check.reason().map(reason -> "\n<pre>" + escaped(reason) + "</pre>").orElse(""),
            check
                .evidence()
                .map(folder ->
                    "\n<p>Objects, events and logs: <code>" + escaped(folder) + "</code></p>")
                .orElse(""),
            duration(check.duration()));
  }

  private static String figures(List<Figure> figures) {
    if (figures.isEmpty()) {
      return "";
    }
    return figures.stream()
        .map(figure ->
            figure.name().equals(Figures.PICTURE)
                ? picture(figure.value())
                : "<li>%s: <strong>%s</strong> %s</li>"
                    .formatted(
                        escaped(figure.name()), escaped(figure.value()), escaped(figure.unit())))
        .collect(Collectors.joining("\n", "\n<ul class=\"figures\">\n", "\n</ul>"));
  }

  /** In the page itself, so that it still needs nothing else. */
  private static String picture(String file) {
    var name = file.substring(file.lastIndexOf('/') + 1).replace(".png", "").replace('-', ' ');
    try {
      var bytes = Files.readAllBytes(Checkout.results().resolve(file));
      return "<li class=\"picture\"><details><summary>%s</summary><img alt=\"%s\" src=\"data:image/png;base64,%s\"></details></li>"
          .formatted(escaped(name), escaped(name), Base64.getEncoder().encodeToString(bytes));
    } catch (IOException e) {
      return "<li>%s: %s is missing</li>".formatted(escaped(name), escaped(file));
    }
  }

  private static String duration(Duration duration) {
    return duration.compareTo(Duration.ofMinutes(2)) < 0
        ? "%.1f s".formatted(duration.toMillis() / 1000.0)
        : "%d min %d s".formatted(duration.toMinutes(), duration.toSecondsPart());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
