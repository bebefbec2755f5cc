package io.mosquittoha.management.brokers;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.management.brokers.Sheet.Group;
import io.mosquittoha.management.brokers.Sheet.Value;
import io.mosquittoha.management.metrics.Exposition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** With what an agent of three said. */
class SheetMakerTest {

  private static Exposition said(String name) throws IOException {
    try (var in =
        SheetMakerTest.class.getResourceAsStream("/io/mosquittoha/management/metrics/" + name)) {
      return Exposition.read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static Map<String, String> values(Sheet sheet, String group) {
    return sheet.groups().stream()
        .filter(it -> it.title().equals(group))
        .map(Group::values)
        .flatMap(List::stream)
        .collect(Collectors.toMap(Value::label, it -> it.value() + it.unit()));
  }

  @Test
  void sheet_whenTheBrokerLeads_thenItHasTrafficAndWhoIsBehind() throws IOException {
    var sheet = SheetMaker.make(said("leader.prom"), Throughput.Rate.UNKNOWN);
    assertThat(sheet.serves()).isTrue();
    assertThat(sheet.version()).isEqualTo("mosquitto version 2.1.2");
    assertThat(values(sheet, "Traffic"))
        .containsEntry("Clients", "0")
        .containsEntry("Messages in", "0.1/s")
        .containsEntry("Data in", "9 B/s")
        .containsEntry("Dropped", "0")
        .containsEntry("Up", "15 s");
    assertThat(values(sheet, "Kept")).containsEntry("Queued", "0").containsEntry("Retained", "1");
    assertThat(values(sheet, "Memory")).containsEntry("Broker", "7.8 MiB").containsKey("State");
    assertThat(values(sheet, "Gate"))
        .containsEntry("Wait, half", "5.0 ms")
        .containsEntry("Wait, 99 %", "10 ms");
    assertThat(values(sheet, "Replication"))
        .containsEntry("m-1 is behind", "0 B")
        .containsEntry("Epoch", "1");
  }

  @Test
  void sheet_whenTheBrokerStandsBy_thenItHasNoTraffic() throws IOException {
    var sheet = SheetMaker.make(said("follower.prom"), Throughput.Rate.UNKNOWN);
    assertThat(sheet.serves()).isFalse();
    assertThat(sheet.groups())
        .extracting(Group::title)
        .containsExactly("Memory", "Gate", "Replication");
  }

  @Test
  void throughput_whenAskedTwice_thenItIsWhatCameInBetween() {
    var throughput = new Throughput();
    assertThat(throughput.of("m-0", gate(1_000, 50), 0).known()).isFalse();
    assertThat(throughput.of("m-0", gate(3_000, 50), seconds(2)))
        .isEqualTo(new Throughput.Rate(true, 1_000, 0));
    assertThat(throughput.of("m-0", gate(9_000, 90), seconds(2) + 1))
        .as("too soon after another")
        .isEqualTo(new Throughput.Rate(true, 1_000, 0));
    assertThat(throughput.of("m-0", gate(5, 0), seconds(4)).known())
        .as("after its restart")
        .isFalse();
    assertThat(throughput.of("m-1", gate(5, 0), seconds(4)).known()).isFalse();
  }

  private static long seconds(int seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private static Exposition gate(int in, int out) {
    return Exposition.read(
        """
        mosquitto_ha_gate_bytes_total{to="broker"} %d
        mosquitto_ha_gate_bytes_total{to="clients"} %d
        """
            .formatted(in, out));
  }
}
