package io.mosquittoha.management.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.management.store.SqliteStore;
import io.mosquittoha.management.stub.StubCluster;
import io.mosquittoha.management.web.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CollectorTest {

  private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");

  @TempDir Path folder;
  private final StubCluster cluster = new StubCluster();
  private final List<String> events = new ArrayList<>();
  private final AtomicReference<Instant> now = new AtomicReference<>(START.plusMillis(37));
  private SqliteStore store;
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

  private Collector collector(BrokerTopics topics) {
    return new Collector(cluster, topics, history, events::add, now::get);
  }

  private List<Curves.Series> kept(Figure figure) {
    return history.curves(START, START.plusSeconds(60), Set.of(), List.of(figure), 600).series();
  }

  @Test
  void roundOfAllMembers_isKeptAtItsBeginningAndPagesAreTold() {
    cluster.figures = "mosquitto_ha_process_resident_memory_bytes 1.0E8\n";
    collector(broker -> Optional.empty()).round();

    assertThat(kept(Figure.AGENT_MEMORY))
        .extracting(Curves.Series::member)
        .containsExactly("m-0", "m-1", "m-2");
    assertThat(kept(Figure.AGENT_MEMORY).getFirst().values()).startsWith(1e8f);
    assertThat(history.since()).contains(START);
    assertThat(events).containsExactly("metrics");
  }

  @Test
  void lagOfAFollower_isWhatTheLeaderTellsOfIt() {
    cluster.figures =
        """
        mosquitto_ha_serves 1.0
        mosquitto_ha_follower_lag_bytes{member="m-1"} 4096.0
        mosquitto_ha_follower_lag_bytes{member="nobody"} 1.0
        """;
    collector(broker -> Optional.empty()).round();

    assertThat(kept(Figure.LAG)).hasSize(1);
    assertThat(kept(Figure.LAG).getFirst().member()).isEqualTo("m-1");
    assertThat(kept(Figure.LAG).getFirst().values()).startsWith(4096f);
  }

  @Test
  void membersThatDoNotAnswer_leaveAGap() {
    cluster.problem = Optional.of(new Problem(503, "It does not answer."));
    collector(broker -> Optional.of(Map.of("clients/connected", "3"))).round();

    assertThat(history.since()).isEmpty();
    assertThat(events).isEmpty();
  }

  @Test
  void brokersWithoutAgents_areKnownByTheirTopics() {
    cluster.problem = Optional.of(new Problem(501, "There are no agents."));
    var collector =
        collector(broker ->
            broker.equals("m-1")
                ? Optional.of(Map.of("clients/connected", "3"))
                : Optional.empty());
    collector.round();
    now.set(START.plusSeconds(10));
    collector.round();

    assertThat(kept(Figure.CONNECTED)).hasSize(1);
    assertThat(kept(Figure.CONNECTED).getFirst().member()).isEqualTo("m-1");
    assertThat(kept(Figure.CONNECTED).getFirst().values()).startsWith(3f, 3f);
  }
}
