package io.mosquittoha.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.bench.load.Latency;
import io.mosquittoha.bench.load.LoadResult;
import io.mosquittoha.bench.machine.Usage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static LoadResult result(double delivered, int granted) {
    var latency = new Latency(10, 1, 1, 1, 1, 2, 3, 4);
    return new LoadResult(
        1, delivered, delivered, latency, latency, 0, 0.5, granted, new Usage(1, 1 << 20, 1));
  }

  @Test
  void comparison_whenRoundsDiffer_thenRatiosAreOfMediansAndTheSpanIsShown() {
    var comparison = new CompareCommand.Comparison(List.of("plain"));
    for (var delivered : List.of(900.0, 1000.0, 5000.0)) {
      comparison.add("plain", "load", result(delivered, 2));
    }
    for (var delivered : List.of(500.0, 100.0, 600.0)) {
      comparison.add("ours", "load", result(delivered, 1));
    }
    var section =
        comparison
            .report(List.of("plain", "ours"), Map.of("load", "--qos 2"), new LinkedHashMap<>())
            .sections()
            .getFirst();
    assertThat(section.columns()).startsWith("", "delivered/s", "from", "to", "× plain");
    assertThat(section.rows().get(0)).startsWith("plain", "1 000", "900", "5 000", "1");
    assertThat(section.rows().get(1)).startsWith("ours", "500", "100", "600", "0.5");
    assertThat(section.note()).isEqualTo("ours: The broker granted QoS 1 only.");
    assertThat(comparison.failed()).isFalse();
  }

  @Test
  void comparison_whenASubjectFails_thenItsRowIsEmptyAndTheReasonIsTold() {
    var comparison = new CompareCommand.Comparison(List.of("plain"));
    comparison.add("plain", "load", result(1000, 1));
    comparison.failure("other", "", "it did not start");
    var section =
        comparison
            .report(List.of("plain", "other"), Map.of("load", "--qos 1"), new LinkedHashMap<>())
            .sections()
            .getFirst();
    assertThat(section.rows().get(1)).startsWith("other", "–", "–", "–", "–");
    assertThat(section.note()).isEqualTo("other failed: it did not start");
    assertThat(comparison.failed()).isTrue();
  }
}
