package io.mosquittoha.management.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.management.store.SqliteStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimelineTest {

  @TempDir private Path folder;
  private final FakeCluster cluster = new FakeCluster();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private SqliteStore store;
  private Timeline timeline;

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder);
    timeline = Timeline.keep(store, cluster, events::add);
  }

  @AfterEach
  void close() {
    timeline.close();
    store.close();
  }

  private static Occurrence at(Instant time, String kind, String member) {
    var phases =
        kind.equals("joined") ? Map.<String, Long>of() : Map.of("detectMs", 80L, "electMs", 20L);
    return new Occurrence(
        time, 2, kind, member, "", phases, OptionalInt.empty(), OptionalLong.empty());
  }

  private List<Occurrence> all() {
    return timeline.find(query("", ""));
  }

  private static Timeline.Query query(String kind, String member) {
    return new Timeline.Query(
        kind, member, Instant.EPOCH, Instant.now().plusSeconds(3600), 0, 20_000);
  }

  @Test
  void occurrence_whenAllMembersTellIt_thenItIsThereOnce() {
    var time = Instant.now();
    for (var i = 0; i < 3; i++) {
      cluster.occur(at(time, "failover", "m-1"));
    }
    cluster.occur(at(time, "joined", "m-1"));

    await().untilAsserted(() -> assertThat(all()).hasSize(2));
    assertThat(events).contains("timeline");
  }

  @Test
  void occurrences_whenTheApplicationWasRestarted_thenTheyAreStillThere_andNotTwice() {
    var time = Instant.now();
    cluster.occur(at(time, "failover", "m-1"));
    await().until(() -> all().size() == 1);
    timeline.close();

    timeline = Timeline.keep(store, cluster, events::add);
    cluster.occur(at(time, "failover", "m-1"));
    cluster.occur(at(time.plusSeconds(1), "failover", "m-2"));

    await()
        .untilAsserted(
            () -> assertThat(all()).extracting(Occurrence::member).containsExactly("m-2", "m-1"));
    assertThat(timeline.lastChange().orElseThrow().member()).isEqualTo("m-2");
  }

  @Test
  void occurrences_whenTheyAreTooManyOrTooOld_thenTheOldestGo() {
    var now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    store.write(connection -> {
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO occurrence (millis, time, epoch, kind, member, detail, phases)"
                  + " VALUES (?, ?, 1, 'joined', 'm-0', '', '{}')")) {
        for (var i = 1; i <= 10_050; i++) {
          var time = now.minusSeconds(i);
          insert.setLong(1, time.toEpochMilli());
          insert.setString(2, time.toString());
          insert.addBatch();
        }
        return insert.executeBatch().length;
      }
    });
    cluster.occur(at(now.minus(Duration.ofDays(91)), "joined", "m-9"));
    cluster.occur(at(now, "failover", "m-1"));

    await()
        .untilAsserted(() -> {
          var kept = all();
          assertThat(kept).hasSize(10_000);
          assertThat(kept.getFirst().kind()).isEqualTo("failover");
          assertThat(kept).noneMatch(it -> it.member().equals("m-9"));
        });
  }

  @Test
  void query_whenItFilters_thenOnlyThoseAreFound() {
    var now = Instant.now();
    cluster.occur(at(now.minusSeconds(3), "failover", "m-1"));
    cluster.occur(at(now.minusSeconds(2), "joined", "m-0"));
    cluster.occur(at(now.minusSeconds(1), "handover", "m-0"));
    await().until(() -> all().size() == 3);

    assertThat(timeline.find(query("leader", "")))
        .extracting(Occurrence::kind)
        .containsExactly("handover", "failover");
    assertThat(timeline.find(query("joined", ""))).hasSize(1);
    assertThat(timeline.find(query("", "m-0"))).hasSize(2);
    assertThat(timeline.find(query("' OR 1=1 --", ""))).isEmpty();
    assertThat(timeline.count(query("leader", "m-0"))).isEqualTo(1);
  }

  @Test
  void clients_whenNineOfTenAreBack_thenItIsKnownHowLongThatTook() {
    cluster.see("m-0", 1, 100);
    cluster.occur(at(Instant.now(), "failover", "m-1"));
    await().until(() -> cluster.hurried);

    cluster.see("m-1", 2, 12);
    assertThat(all().getFirst().clientsBackMs()).isEmpty();
    cluster.see("m-1", 2, 90);

    await()
        .untilAsserted(() -> {
          var change = all().getFirst();
          assertThat(change.clientsBefore()).hasValue(100);
          assertThat(change.clientsBackMs()).isPresent();
        });
    assertThat(cluster.hurried).isFalse();
  }

  @Test
  void clients_whenNothingWasSeenBefore_thenNothingIsClaimed() {
    cluster.occur(at(Instant.now(), "failover", "m-1"));
    await().until(() -> all().size() == 1);
    cluster.see("m-1", 2, 90);

    assertThat(all().getFirst().clientsBefore()).isEmpty();
    assertThat(cluster.hurried).isFalse();
  }

  @Test
  void clients_whenTheChangeWasLongAgo_thenItIsNotMeasured() {
    cluster.see("m-0", 1, 100);
    cluster.occur(at(Instant.now().minusSeconds(600), "failover", "m-1"));
    await().until(() -> all().size() == 1);

    assertThat(cluster.hurried).isFalse();
  }

  @Test
  void leader_whenItFailsAgainAndAgain_thenThatIsAnIssue() {
    for (var i = 0; i < 5; i++) {
      cluster.occur(at(Instant.now().minusSeconds(100 - i), "failover", "m-1"));
    }

    await()
        .untilAsserted(() ->
            assertThat(cluster.issues())
                .extracting(Sight.Issue::what)
                .anyMatch(it -> it.startsWith("The leader failed 5 times")));
  }

  @Test
  void csv_whenTextIsHostile_thenItIsNoFormulaAndStaysInItsField() {
    var hostile =
        new Occurrence(
            Instant.parse("2026-11-25T17:00:00Z"),
            3,
            "failover",
            "=cmd|' /C calc'!A0",
            "a,\"b\"\nc",
            Map.of("detectMs", 5L, "restoreMs", 7L),
            OptionalInt.of(10),
            OptionalLong.of(250));

    assertThat(Csv.of(List.of(hostile)))
        .isEqualTo(
            "time,epoch,kind,member,detail,detectMs,electMs,commitMs,warmMs,restoreMs,outageMs,"
                + "clientsBefore,clientsBackMs\r\n"
                + "2026-11-25T17:00:00Z,3,failover,'=cmd|' /C calc'!A0,\"a,\"\"b\"\"\nc\","
                + "5,,,,7,12,10,250\r\n");
  }

  @Test
  void bars_whenAPhaseIsShort_thenItIsStillSeen_andNoneLeavesTheDrawing() {
    var change =
        new Occurrence(
            Instant.now(),
            1,
            "failover",
            "m-0",
            "",
            Map.of("detectMs", 100_000L, "electMs", 1L, "warmMs", 0L, "newMs", 1L),
            OptionalInt.empty(),
            OptionalLong.of(1));

    var bars = TimelinePage.bars(Phase.of(change), 100_003);

    assertThat(bars)
        .extracting(TimelinePage.Bar::kind)
        .containsExactly("detect", "elect", "other", "back");
    assertThat(bars)
        .allSatisfy(bar ->
            assertThat(Double.parseDouble(bar.x()) + Double.parseDouble(bar.width()))
                .isLessThanOrEqualTo(1_000.1));
  }
}
