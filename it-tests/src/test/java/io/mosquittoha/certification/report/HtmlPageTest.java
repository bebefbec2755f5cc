package io.mosquittoha.certification.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HtmlPageTest {

  @Test
  void page_whenACheckFailed_thenItSaysSoWithTheReason() {
    var page = HtmlPage.of(report(check(Check.Result.PASSED), check(Check.Result.FAILED)));

    assertThat(page)
        .contains("<strong class=\"failed\">Failed</strong>", "1 checks passed, 1 failed");
    assertThat(page)
        .contains("because &lt;it&gt; broke", "first acknowledgement: <strong>38</strong> ms");
  }

  @Test
  void page_whenAllPassed_thenItSaysSo() {
    assertThat(HtmlPage.of(report(check(Check.Result.PASSED)))).contains(">Passed</strong>");
  }

  @Test
  void page_whenNothingWasChecked_thenItDoesNotPass() {
    assertThat(HtmlPage.of(report())).contains(">Failed</strong>");
    assertThat(HtmlPage.of(report(check(Check.Result.SKIPPED)))).contains(">Failed</strong>");
  }

  @Test
  void page_whenItIsOpenedAnywhere_thenItLoadsNothing() {
    assertThat(HtmlPage.of(report(check(Check.Result.PASSED))))
        .doesNotContain("http", "src=", "@import");
  }

  @Test
  void json_whenFiguresAreNumbers_thenTheyStayNumbers() {
    assertThat(report(check(Check.Result.PASSED)).json())
        .contains("\"result\" : \"passed\"", "\"value\" : 38.0", "\"unit\" : \"ms\"");
  }

  private static CertificationReport report(Check... checks) {
    return new CertificationReport(
        "0.1.0",
        Instant.EPOCH,
        Duration.ofMinutes(3),
        Map.of("Cluster", Map.of("kind", "testbed")),
        List.of(checks));
  }

  private static Check check(Check.Result result) {
    return new Check(
        "Failover",
        "it works",
        result,
        result == Check.Result.PASSED ? Optional.empty() : Optional.of("because <it> broke"),
        Optional.empty(),
        Duration.ofSeconds(1),
        List.of(new Figure("first acknowledgement", "38", "ms")));
  }
}
