package io.mosquittoha.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.agent.Agent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FiguresTest {

  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{([a-zA-Z_]\\w*=\"(\\\\[\\\\n\"]|[^\\\\\"\\n])*\",?)*})?"
              + " (\\S+)");

  @TempDir private Path folder;
  private StubSupervisor agent;
  private Figures figures;

  @BeforeEach
  void start() {
    agent = new StubSupervisor(folder);
    agent.broker = Agent.Broker.STANDBY; // There is no broker to be asked.
    figures = new Figures(agent);
  }

  @AfterEach
  void stop() {
    figures.close();
  }

  private Map<String, Double> read() {
    return parse(new String(figures.text(), StandardCharsets.UTF_8));
  }

  /** Prometheus' text format, checked as strictly as its own tool does. */
  static Map<String, Double> parse(String text) {
    var samples = new TreeMap<String, Double>();
    var types = new HashMap<String, String>();
    var helped = new HashSet<String>();
    assertThat(text).endsWith("\n");
    for (var line : text.split("\n")) {
      if (line.startsWith("# HELP ")) {
        var words = line.split(" ", 4);
        assertThat(helped.add(words[2])).as("a second help: %s", line).isTrue();
        assertThat(words[3]).as(line).isNotBlank();
      } else if (line.startsWith("# TYPE ")) {
        var words = line.split(" ");
        assertThat(words[3]).isIn("gauge", "counter", "histogram");
        assertThat(types.put(words[2], words[3])).as("a second type: %s", line).isNull();
      } else {
        var form = SAMPLE.matcher(line);
        assertThat(form.matches()).as(line).isTrue();
        var name = form.group(1);
        var family = types.containsKey(name) ? name : name.replaceFirst("_(bucket|sum|count)$", "");
        assertThat(types).as("the type of %s", line).containsKey(family);
        assertThat(helped).as("the help of %s", line).contains(family);
        assertThat(name).startsWith("mosquitto_ha_");
        if (types.get(family).equals("counter")) {
          assertThat(name).endsWith("_total");
        }
        var key = name + (form.group(2) == null ? "" : form.group(2).replace("\"", "'"));
        var value =
            form.group(5).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.valueOf(form.group(5));
        assertThat(samples.put(key, value)).as("a second %s", line).isNull();
      }
    }
    return samples;
  }

  private void assertFigures(Object... namesAndValues) {
    var all = read();
    for (var i = 0; i < namesAndValues.length; i += 2) {
      assertThat(all)
          .containsEntry(
              "mosquitto_ha_" + namesAndValues[i], ((Number) namesAndValues[i + 1]).doubleValue());
    }
  }

  @Test
  void figures_whenThisMemberLeads_thenTheClusterIsThere() {
    assertFigures(
        "agent_info{member='m-0',version='development'}", 1,
        "role{role='leader'}", 1,
        "role{role='follower'}", 0,
        "role{role='joining'}", 0,
        "serves", 1,
        "ready", 1,
        "epoch", 7,
        "required_in_sync", 2,
        "in_sync{member='m-0'}", 1,
        "in_sync{member='m-2'}", 1,
        "member_reachable{member='m-1'}", 1,
        "follower_lag_bytes{member='m-1'}", 77,
        "appended_index", 1_240,
        "committed_index", 1_234,
        "uncommitted_bytes", 600,
        "log_bytes", 5_000,
        "event_number{stage='emitted'}", 1_231,
        "event_number{stage='appended'}", 1_230,
        "event_number{stage='committed'}", 1_229,
        "restore_refused_records", 2);
  }

  @Test
  void figures_whenMembersKnowEachOtherByCertificates_thenItIsSaidHowLong() {
    assertThat(read().keySet()).noneMatch(it -> it.contains("certificates"));
    agent.certificatesUntil = Optional.of(Instant.ofEpochSecond(1_800_000_000));
    assertFigures("peer_certificates_expiry_timestamp_seconds", 1_800_000_000);
  }

  @Test
  void figures_whenThisMemberFollows_thenItDoesNotSpeakOfTheLagOfOthers() {
    agent.leader = Optional.of("m-1");
    agent.connected = List.of("m-1");
    agent.serves = agent.ready = false;
    assertFigures(
        "role{role='leader'}", 0,
        "role{role='follower'}", 1,
        "serves", 0,
        "ready", 0,
        "member_reachable{member='m-2'}", 0);
    assertThat(read().keySet()).noneMatch(it -> it.contains("lag_bytes"));
  }

  @Test
  void figures_whenTheAgentStarts_thenThereAreSomeAlready() {
    agent.started = false;
    assertFigures("role{role='leader'}", 0, "epoch", 0, "connections{route='held'}", 4);
    assertThat(read()).doesNotContainKey("mosquitto_ha_committed_index");
  }

  @Test
  void figures_whenThereIsState_thenItIsCounted() {
    agent.apply(EndpointsTest.session("a"), EndpointsTest.connected("b", "bob"));
    assertFigures(
        "state_records{kind='sessions'}", 1,
        "state_records{kind='connections'}", 1,
        "state_records{kind='retained'}", 0,
        "state_bytes", agent.state().bytes(),
        "state_limit_bytes", 128 << 20);
  }

  @Test
  void figures_whenTheGateHoldsBytes_thenTheHistogramIsInSeconds() {
    assertFigures(
        "connections{route='served'}", 3,
        "connections{route='relayed'}", 2,
        "connections{route='connecting'}", 1,
        "connections{route='held'}", 4,
        "connections_accepted_total", 100,
        "connections_refused_total", 5,
        "connections_expired_total", 6,
        "gate_connect_failures_total", 7,
        "gate_held_bytes", 800,
        "gate_buffer_bytes", 900,
        "gate_discarded_bytes_total", 10,
        "gate_bytes_total{to='broker'}", 1_100,
        "gate_bytes_total{to='clients'}", 1_200,
        "gate_reads_at_once_total", 13,
        "gate_hold_seconds_bucket{le='1.0E-4'}", 5,
        "gate_hold_seconds_bucket{le='0.001'}", 9,
        "gate_hold_seconds_bucket{le='+Inf'}", 10,
        "gate_hold_seconds_count", 10,
        "gate_hold_seconds_sum", 2.5);
  }

  @Test
  void figures_whenTheLeaderChanged_thenItIsCountedAndItsPhasesAreThere() {
    assertFigures("occurrences_total{kind='failover'}", 0);
    agent.apply(EndpointsTest.occurred("2026-11-25T12:00:00Z", "failover"));
    agent.apply(EndpointsTest.occurred("2026-11-25T12:00:01.500Z", "failover"));
    agent.apply(EndpointsTest.occurred("2026-11-25T12:00:02Z", "of a later version"));
    assertFigures(
        "occurrences_total{kind='failover'}",
        2,
        "occurrences_total{kind='handover'}",
        0,
        "last_change_phase_seconds{kind='of a later version',phase='detect'}",
        0.005,
        "last_change_phase_seconds{kind='of a later version',phase='elect'}",
        0.012,
        "last_change_phase_seconds{kind='of a later version',phase='restore'}",
        1.5,
        "last_change_timestamp_seconds{kind='of a later version',member='m-0'}",
        1_795_608_002);
  }

  @Test
  void figures_whenTheBrokerRuns_thenItsMemoryAndTimeAreThere() {
    assertFigures("broker_state{state='standby'}", 1, "broker_state{state='serving'}", 0);
    var all = read();
    for (var name :
        List.of(
            "broker_resident_memory_bytes",
            "broker_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_cpu_seconds_total",
            "process_start_time_seconds",
            "jvm_heap_used_bytes",
            "jvm_heap_committed_bytes",
            "jvm_heap_max_bytes")) {
      assertThat(all.get("mosquitto_ha_" + name)).as(name).isPositive();
    }
  }

  @Test
  void figures_whenTheBrokerSpeaksOfItself_thenCountersAndAveragesAreToldApart() {
    var page = new MetricPage("mosquitto_ha_");
    BrokerFigures.add(
        Map.of(
            "version", "mosquitto version 2.1.2",
            "uptime", "12345 seconds",
            "clients/connected", "7",
            "clients/active", "7",
            "clients/total", "9",
            "messages/received", "1000",
            "retained messages/count", "3",
            "load/publish/sent/5min", "12.50",
            "timestamp", "Wed, 1",
            "hostile{a=\"b\"}\n", "1"),
        page);
    var text = new java.io.ByteArrayOutputStream();
    try {
      io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter.create()
          .write(text, page.snapshots());
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
    assertThat(parse(text.toString(StandardCharsets.UTF_8)))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "mosquitto_ha_broker_info{version='mosquitto version 2.1.2'}", 1.0,
                "mosquitto_ha_broker_uptime_seconds", 12_345.0,
                "mosquitto_ha_broker_clients_connected", 7.0,
                "mosquitto_ha_broker_messages_received_total", 1_000.0,
                "mosquitto_ha_broker_retained_messages_count", 3.0,
                "mosquitto_ha_broker_clients", 9.0,
                "mosquitto_ha_broker_load_publish_sent{over='5min'}", 12.5));
  }
}
