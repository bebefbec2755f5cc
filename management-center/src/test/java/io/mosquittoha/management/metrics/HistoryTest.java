package io.mosquittoha.management.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.management.metrics.Curves.Series;
import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HistoryTest {

  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");

  @TempDir Path folder;
  private Store store;
  private History history;

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder);
    history = new History(store, Duration.ofHours(24), 64 << 20);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Row row(double value) {
    var row = Row.empty();
    row.set(Figure.MESSAGES_IN, value);
    return row;
  }

  private static Instant after(long seconds) {
    return START.plusSeconds(seconds);
  }

  private void add(long seconds, double value) {
    history.add(after(seconds), Map.of("m-0", row(value)));
  }

  private Curves curves(long from, long to) {
    return history.curves(after(from), after(to), Set.of(), List.of(Figure.MESSAGES_IN), 600);
  }

  private static Series only(Curves curves) {
    assertThat(curves.series()).hasSize(1);
    return curves.series().getFirst();
  }

  @Test
  void nothingKept_hasNoSeriesAndNoBeginning() {
    assertThat(curves(0, 900).series()).isEmpty();
    assertThat(history.since()).isEmpty();
  }

  @Test
  void rounds_areGivenAsTheyWereAndGapsAreNull() {
    add(0, 1);
    add(10, 2);
    add(30, 4);

    var series = only(curves(0, 40));
    assertThat(series.values()).containsExactly(1f, 2f, null, 4f, null);
    assertThat(series.lows()).isEmpty();
    assertThat(history.since()).contains(START);
  }

  @Test
  void longRange_hasFewPointsAndStillTheShortestPeak() {
    for (int i = 0; i < 100; i++) {
      add(i * 10, i == 33 ? 9_000 : 10);
    }

    var curves = history.curves(START, after(990), Set.of(), List.of(Figure.MESSAGES_IN), 50);
    assertThat(curves.times()).hasSizeLessThanOrEqualTo(51);
    assertThat(curves.step()).isEqualTo(20);
    assertThat(only(curves).highs().stream().filter(Objects::nonNull).max(Float::compare))
        .contains(9_000f);
    assertThat(only(curves).lows().stream().filter(Objects::nonNull).min(Float::compare))
        .contains(10f);
  }

  @Test
  void whatIsOlderThanTwoHours_isKeptByMinutesWithItsExtremes() {
    for (int i = 0; i < 400; i++) {
      add(i * 30, i == 10 ? 300 : i == 11 ? 0 : 100);
    }

    assertThat(count("figure_round")).isBetween(240L, 244L);
    var series = only(curves(0, 11_970));
    assertThat(series.values().get(5)).isEqualTo(150f);
    assertThat(series.highs().get(5)).isEqualTo(300f);
    assertThat(series.lows().get(5)).isZero();
    assertThat(series.values()).doesNotContainNull();
  }

  @Test
  void whatIsTooOld_isForgottenAndItsMemberToo() {
    history.add(after(0), Map.of("gone", row(1)));
    history.add(after(70), Map.of("m-0", row(1)));
    assertThat(count("figure_member")).isEqualTo(2);

    history.add(after(90_000), Map.of("m-0", row(1)));
    history.add(after(90_100), Map.of("m-0", row(1)));

    assertThat(count("figure_member")).isEqualTo(1);
    assertThat(history.since()).contains(after(90_000));
  }

  @Test
  void tooManyBytes_costTheOldestMinutes() {
    var small = new History(store, Duration.ofDays(31), 100_000);
    for (int i = 0; i < 300; i++) {
      small.add(after(i * 30), Map.of("m-0", row(i), "m-1", row(i), "m-2", row(i)));
    }

    assertThat(small.bytes()).isLessThan(102_000);
    var series = only(curves(8_900, 8_970).series(), "m-2");
    assertThat(series.values()).endsWith(299f);
  }

  private static Series only(List<Series> series, String member) {
    return series.stream().filter(it -> it.member().equals(member)).findFirst().orElseThrow();
  }

  @Test
  void whatWasKept_isThereAfterAKill(@TempDir Path killed) throws IOException {
    for (int i = 0; i < 10; i++) {
      add(i * 10, i);
    }
    // What is on the disk while nothing was closed.
    for (var name : List.of("center.db", "center.db-wal")) {
      Files.copy(folder.resolve(name), killed.resolve(name));
    }
    try (var other = SqliteStore.open(killed)) {
      var after = new History(other, Duration.ofHours(24), 64 << 20);
      after.add(after(300), Map.of("m-0", row(7)));
      var series =
          only(after.curves(START, after(300), Set.of(), List.of(Figure.MESSAGES_IN), 600));
      assertThat(series.values()).startsWith(0f, 1f, 2f).endsWith(7f);
      assertThat(count(other, "figure_minute")).isEqualTo(2);
    }
  }

  @Test
  void figuresOfAnotherRelease_areReadAsFarAsTheyAreKnown() {
    store.write(connection -> {
      try (var statement = connection.createStatement()) {
        statement.execute("INSERT INTO figure_member VALUES (1, 'm-0')");
        // One float, 2.0: an old release knew no more.
        return statement.executeUpdate(
            "INSERT INTO figure_round VALUES (%d, 1, x'40000000')"
                .formatted(START.getEpochSecond()));
      }
    });

    assertThat(only(curves(0, 0)).values()).containsExactly(2f);
    var all = history.curves(START, START, Set.of(), List.of(Figure.values()), 600);
    assertThat(all.series()).hasSize(1);
  }

  @Test
  void figures_areNeverMoved() {
    assertThat(Figure.values())
        .extracting(Figure::id)
        .startsWith(
            "messages-in",
            "messages-out",
            "bytes-in",
            "bytes-out",
            "dropped",
            "connected",
            "relayed",
            "sessions",
            "subscriptions",
            "queued",
            "retained",
            "hold-half",
            "hold-most",
            "lag",
            "committed",
            "broker-memory",
            "agent-memory",
            "state-memory",
            "broker-cpu",
            "agent-cpu");
  }

  private long count(String table) {
    return count(store, table);
  }

  private static long count(Store store, String table) {
    return store.read(connection -> {
      try (var statement = connection.createStatement();
          var rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
        rows.next();
        return rows.getLong(1);
      }
    });
  }
}
