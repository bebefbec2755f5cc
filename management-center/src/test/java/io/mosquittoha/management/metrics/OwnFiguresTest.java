package io.mosquittoha.management.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class OwnFiguresTest {

  private final OwnFigures own = new OwnFigures("1.2.3");

  private String text() {
    return own.page();
  }

  @Test
  void requests_areCountedByMethodAndStatusAndNeverByAddress() {
    own.answered("GET", "/clients/{id}", 200, 0.004);
    own.answered("GET", "/clients/{id}", 200, 0.3);
    own.answered("POST", "/api/v1/leader", 409, 0.1);

    assertThat(text())
        .contains("mosquitto_ha_center_requests_total{method=\"GET\",status=\"200\"} 2.0")
        .contains("mosquitto_ha_center_requests_total{method=\"POST\",status=\"409\"} 1.0")
        .contains("mosquitto_ha_center_request_seconds_bucket{le=\"0.005\"} 1")
        .doesNotContain("clients");
  }

  @Test
  void streamsThatLastAllDay_makeNoAnswerSlow() {
    own.answered("GET", "/events", 200, 80_000);

    assertThat(text()).contains("mosquitto_ha_center_request_seconds_count 0");
  }

  @Test
  void figuresOfOtherRooms_areAskedForAtEachCollection() {
    var value = new AtomicReference<>(5.0);
    own.gauge("event_streams", "Pages that listen.", value::get);
    var failures = own.counter("control_failures", "Commands that no broker answered.");
    assertThat(text()).contains("mosquitto_ha_center_event_streams 5.0");

    value.set(Double.NaN);
    failures.increment();

    assertThat(text())
        .doesNotContain("mosquitto_ha_center_event_streams 5.0")
        .contains("mosquitto_ha_center_control_failures_total 1.0");
  }

  @Test
  void process_tellsItsVersionAndMemory() {
    assertThat(text())
        .contains("mosquitto_ha_center_info{version=\"1.2.3\"} 1.0")
        .containsPattern("mosquitto_ha_center_process_resident_memory_bytes [1-9]")
        .containsPattern("mosquitto_ha_center_jvm_heap_used_bytes [1-9]");
  }
}
