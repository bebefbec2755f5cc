package io.mosquittoha.management.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.mosquittoha.management.cluster.Sight.Issue;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.cluster.Sight.Severity;
import io.mosquittoha.management.web.Page;
import io.mosquittoha.management.web.Person;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PagesTest {

  private static final String HOSTILE = "<script>alert(1)</script>\"' onload=x";

  private final TemplateEngine templates =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, getClass().getClassLoader(), "io.mosquittoha.management.pages");

  @TempDir private Path folder;

  private String render(String template, String key, Object value, String role) {
    var output = new StringOutput();
    var page =
        new Page(
            "/mqtt",
            "/",
            new Person("ann", io.mosquittoha.management.web.Role.valueOf(role), "10.0.0.9"),
            "csrf",
            "0.1.0",
            "demo");
    templates.render(template, Map.<String, Object>of("page", page, key, value), output);
    return output.toString();
  }

  private static Sight sight(int count, String summary, List<Issue> issues) {
    var members = new ArrayList<Sight.Member>();
    for (var i = 0; i < count; i++) {
      members.add(
          new Sight.Member(
              "mosquitto-" + i,
              i == 0 ? Role.LEADER : Role.FOLLOWER,
              true,
              "10.0.0." + i,
              OptionalLong.of(9),
              OptionalLong.of(0),
              "0.1.0",
              summary));
    }
    return new Sight(
        Instant.EPOCH,
        true,
        true,
        summary,
        Optional.of("mosquitto-0"),
        1,
        "sync",
        "disk",
        2,
        count - 2,
        members,
        issues,
        List.of(
            new Sight.Proxy("10.1.0.1", true, 1, count, 3),
            new Sight.Proxy("10.1.0.2", false, 0, 0, 0)),
        Optional.of(new Sight.Load(3, 4, 0, 10, 100)));
  }

  private Home home(Sight sight) {
    return Home.of(
        StubCluster.settings(folder, "brokers=3", "proxies=demo-haproxy"), sight, Optional.empty());
  }

  @Test
  void home_whenTextIsHostile_thenItIsText() {
    var html =
        render(
            "cluster/home.jte",
            "home",
            home(sight(3, HOSTILE, List.of(new Issue(Severity.CRITICAL, HOSTILE, HOSTILE, "")))),
            "ADMIN");

    assertThat(html).doesNotContain("<script>alert").contains("&lt;script&gt;alert(1)");
  }

  @Test
  void home_whenAViewerLooks_thenThereIsNothingToPress() {
    var home = home(sight(3, "fine", List.of()));

    assertThat(render("cluster/home.jte", "home", home, "VIEWER")).doesNotContain("hx-post");
    assertThat(render("cluster/home.jte", "home", home, "EDITOR")).doesNotContain("hx-post");
    assertThat(render("cluster/home.jte", "home", home, "ADMIN"))
        .contains("data-test=\"move-leader-mosquitto-1\"")
        .doesNotContain("move-leader-mosquitto-0");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void map_whateverTheNumber_thenNothingLiesOnAnotherOrOutside(int count) {
    var map = home(sight(count, "", List.of())).map();

    assertThat(map.nodes()).hasSize(count + 3);
    for (var node : map.nodes()) {
      assertThat(node.x()).isNotNegative();
      assertThat(node.x() + node.width()).isLessThanOrEqualTo(ClusterMap.WIDTH);
      assertThat(node.bottom()).isLessThanOrEqualTo(map.height());
      for (var other : map.nodes()) {
        assertThat(
                node.equals(other)
                    || node.bottom() <= other.y()
                    || other.bottom() <= node.y()
                    || node.x() + node.width() <= other.x()
                    || other.x() + other.width() <= node.x())
            .as("%s beside %s", node, other)
            .isTrue();
      }
    }
  }

  @Test
  void home_whenNothingIsKnown_thenItSaysSo() {
    var away =
        new Sight(
            Instant.EPOCH,
            false,
            false,
            "No broker's agent answers",
            Optional.empty(),
            0,
            "",
            "",
            1,
            -1,
            List.of(),
            List.of(),
            List.of(),
            Optional.empty());

    assertThat(render("cluster/sight.jte", "home", home(away), "VIEWER"))
        .contains("No agent answers: nothing is known");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0  | 90 | no client was connected",
        "1  | 90 | the one client was back after about 90 ms",
        "1  | -1 | the one client did not come back within two minutes",
        "2  | 90 | all 2 clients back after about 90 ms",
        "40 | 90 | 9/10 of 40 clients back after about 90 ms",
        "40 | -1 | of 40 clients, not nine in ten came back within two minutes"
      })
  void timeline_whenClientsWereCutOff_thenSaysWhenTheyWereBack(
      int before, long back, String words) {
    var occurrence =
        new Occurrence(
            Instant.EPOCH,
            1,
            "failover",
            "m-0",
            "",
            Map.of("detectMs", 3L),
            OptionalInt.of(before),
            back < 0 ? OptionalLong.empty() : OptionalLong.of(back));

    assertThat(new TimelinePage.Row(occurrence, List.of(), List.of()).clients()).isEqualTo(words);
  }

  @Test
  void timeline_whenTextIsHostile_thenItIsText() {
    var occurrence =
        new Occurrence(
            Instant.EPOCH,
            1,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            Map.of("detectMs", 3L),
            OptionalInt.of(3),
            OptionalLong.of(9));
    var phases = Phase.of(occurrence);
    var page =
        new TimelinePage(
            HOSTILE,
            HOSTILE,
            "7d",
            0,
            50,
            1,
            List.of(new TimelinePage.Row(occurrence, phases, TimelinePage.bars(phases, 12))),
            List.of(HOSTILE),
            List.of(HOSTILE),
            TimelinePage.Statistics.of(List.of(occurrence)));

    assertThat(render("cluster/timeline.jte", "timeline", page, "VIEWER"))
        .doesNotContain("<script>alert")
        .doesNotContain("\" onload=")
        .doesNotContain("' onload=x\"")
        .contains("&lt;script&gt;alert(1)");
  }
}
