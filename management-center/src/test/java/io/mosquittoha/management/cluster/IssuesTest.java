package io.mosquittoha.management.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.management.cluster.Sight.Issue;
import io.mosquittoha.management.cluster.Sight.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IssuesTest {

  private static final List<String> THREE = List.of("m-0", "m-1", "m-2");
  private static final Instant START = Instant.parse("2026-11-25T00:00:00Z");

  @TempDir private Path folder;
  private Issues issues;

  @BeforeEach
  void begin() {
    issues =
        new Issues(StubCluster.settings(folder, "brokers=3", "statefulSet=m", "namespace=iot"));
  }

  private List<Issue> judge(int second, Map<String, String> troubles, Report... reports) {
    return issues.judge(
        new Issues.Evidence(
            START.plusSeconds(second),
            Picture.of(List.of(reports), THREE),
            troubles,
            Map.of(),
            List.of(),
            Optional.empty()),
        List.of());
  }

  private List<Issue> lasting(int seconds, Report... reports) {
    var found = new ArrayList<Issue>();
    for (var second = 0; second <= seconds; second++) {
      found.clear();
      found.addAll(judge(second, Map.of(), reports));
    }
    return found;
  }

  private static Report with(String from, String to) {
    return PictureTest.read("m-0", StubCluster.cluster("m-0", 0, 1, 3, 3).replace(from, to));
  }

  @Test
  void cluster_whenAllIsWell_thenThereIsNothingToDo() {
    assertThat(lasting(60, PictureTest.report("m-0", 0, 1, 3))).isEmpty();
  }

  @Test
  void leader_whenThereIsNone_thenThatIsCritical_butNotInTheFirstMoment() {
    var leaderless = with("\"leader\":\"m-0\"", "\"leader\":null");

    assertThat(judge(0, Map.of(), leaderless)).isEmpty();
    assertThat(lasting(4, leaderless).getFirst())
        .satisfies(it -> {
          assertThat(it.severity()).isEqualTo(Severity.CRITICAL);
          assertThat(it.what()).startsWith("Nobody leads");
          assertThat(it.command()).isEqualTo("kubectl -n iot get pods");
        });
  }

  @Test
  void loss_whenOneMoreStopsService_thenItSaysWhomToBringBack() {
    var found = lasting(10, PictureTest.report("m-0", 0, 1, 2));

    assertThat(found)
        .anySatisfy(it -> {
          assertThat(it.what()).isEqualTo("One more loss stops service.");
          assertThat(it.fix()).contains("m-2");
        })
        .anySatisfy(it -> assertThat(it.what()).isEqualTo("m-2 does not answer."));
  }

  @Test
  void loss_whenTooFewAreLeft_thenNothingIsAcknowledged() {
    assertThat(lasting(10, PictureTest.report("m-0", 0, 1, 1)).getFirst().what())
        .isEqualTo("Nothing is acknowledged: 1 of the required 2 members are in sync.");
  }

  @Test
  void issue_whenItIsOver_thenItIsGone_andItsTimeBeginsAnew() {
    lasting(10, PictureTest.report("m-0", 0, 1, 2));

    assertThat(judge(11, Map.of(), PictureTest.report("m-0", 0, 1, 3))).isEmpty();
    assertThat(judge(12, Map.of(), PictureTest.report("m-0", 0, 1, 2))).isEmpty();
  }

  @Test
  void silence_whenItLasts_thenItSaysWhyForEach() {
    Map<String, String> troubles = Map.of("m-0", "DNS does not know its name");
    judge(0, troubles);

    assertThat(judge(3, troubles))
        .singleElement()
        .satisfies(it -> assertThat(it.what()).contains("m-0: DNS does not know its name"));
  }

  @Test
  void joining_whenItTakesLong_thenItIsSaidHowFarBehind() {
    var joining =
        with(
            "\"name\":\"m-2\",\"role\":\"follower\",\"incarnation\":\"x\",\"address\":\"10.0.0.2\",\"inSync\":true,\"position\":100,\"lagBytes\":0",
            "\"name\":\"m-2\",\"role\":\"joining\",\"inSync\":false,\"lagBytes\":5242880");

    assertThat(lasting(50, joining)).noneMatch(it -> it.what().contains("joining"));
    assertThat(lasting(200, joining))
        .anyMatch(it ->
            it.what().equals("m-2 has been joining for 3 min and is not in sync, 5.0 MiB behind."));
  }

  @Test
  void lag_whenItGrows_thenItIsSaid_andWhenItOnlyIsThereItIsNot() {
    for (var second = 0; second < 40; second++) {
      assertThat(judge(second, Map.of(), lag(8 << 20))).isEmpty();
    }
    var found = new ArrayList<Issue>();
    for (var second = 40; second < 70; second++) {
      found.clear();
      found.addAll(judge(second, Map.of(), lag((8L << 20) + ((long) (second - 40) << 20))));
    }
    assertThat(found).anyMatch(it -> it.what().startsWith("m-1 falls behind: "));
  }

  private static Report lag(long bytes) {
    return with(
        "\"address\":\"10.0.0.1\",\"inSync\":true,\"position\":100,\"lagBytes\":0",
        "\"address\":\"10.0.0.1\",\"inSync\":true,\"position\":100,\"lagBytes\":" + bytes);
  }

  @Test
  void versions_whenTheyDiffer_thenItIsAnUpgradeAtFirst_andAFaultLater() {
    var mixed = with("\"address\":\"10.0.0.2\"", "\"address\":\"10.0.0.2\"").members();
    assertThat(mixed).hasSize(3);
    var report =
        PictureTest.read(
            "m-0",
            StubCluster.cluster("m-0", 0, 1, 3, 3)
                .replaceFirst("\"version\":\"0.1.0\"", "\"version\":\"0.2.0\""));

    assertThat(lasting(60, report))
        .singleElement()
        .satisfies(it -> {
          assertThat(it.severity()).isEqualTo(Severity.NOTE);
          assertThat(it.what()).contains("0.1.0 (m-1, m-2), 0.2.0 (m-0)");
        });
    assertThat(lasting((int) Duration.ofMinutes(11).toSeconds(), report))
        .singleElement()
        .satisfies(it -> assertThat(it.severity()).isEqualTo(Severity.WARNING));
  }

  @Test
  void drift_whenADeposedLeaderStillBelievesInItself_thenItIsNamed() {
    assertThat(lasting(5, PictureTest.report("m-0", 0, 3, 3), PictureTest.report("m-1", 1, 4, 3)))
        .anyMatch(it ->
            it.what().equals("m-0 still says that m-0 leads, in epoch 3; m-1 leads in epoch 4."));
  }

  @Test
  void drift_whenMembersDoNotReachEachOther_thenThatIsSaid() {
    assertThat(lasting(6, PictureTest.report("m-0", 0, 1, 2), PictureTest.report("m-2", 0, 1, 3)))
        .anyMatch(it -> it.what().contains("m-0 does not see m-2"));
  }

  @Test
  void choices_whenTheyCostSafety_thenTheyAreNoted() {
    var found =
        lasting(1, with("\"sync\",\"durability\":\"disk\"", "\"async\",\"durability\":\"memory\""));

    assertThat(found).extracting(Issue::severity).containsExactly(Severity.NOTE, Severity.NOTE);
  }

  @Test
  void refused_whenARestoreLeftSomethingOut_thenThatIsCritical() {
    var found =
        issues.judge(
            new Issues.Evidence(
                START,
                Picture.of(List.of(PictureTest.report("m-0", 0, 1, 3)), THREE),
                Map.of(),
                Map.of("m-0", 3L, "m-1", 0L),
                List.of(),
                Optional.of(new Sight.Load(0, 0, 0, 200, 100))),
            List.of());

    assertThat(found)
        .extracting(Issue::severity)
        .containsExactly(Severity.CRITICAL, Severity.CRITICAL);
  }
}
