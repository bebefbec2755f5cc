package io.mosquittoha.agent.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.mosquittoha.agent.Agent.Broker;
import io.mosquittoha.agent.Main;
import io.mosquittoha.agent.gate.GateStatistics;
import io.mosquittoha.agent.replication.Replica.Sight;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What Prometheus gets, collected when it asks. */
final class Figures implements AutoCloseable {

  private static final JsonMapper JSON = new JsonMapper();
  private static final double MEGA = 1e6;

  /** Those that there are; shown from the beginning, so that a first one is an increase. */
  private static final List<String> KINDS =
      List.of(
          "formed",
          "failover",
          "handover",
          "brokerRestarted",
          "stateLost",
          "joined",
          "left",
          "removed");

  private final Supervisor agent;
  private final BrokerTopics topics;
  private final Map<String, LongAdder> occurrences = new ConcurrentHashMap<>();
  private final Supervisor.Following following;

  Figures(Supervisor agent) {
    this.agent = agent;
    var settings = agent.settings();
    topics =
        new BrokerTopics(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.adminPort()),
            "$health-" + settings.name() + "-figures",
            () -> password(settings.accounts().resolve("admin")));
    KINDS.forEach(kind -> occurrences.put(kind, new LongAdder()));
    following = agent.follow(this::count);
  }

  private static String password(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private void count(String occurrence) {
    var counter = occurrences.get(read(occurrence).path("kind").asText());
    if (counter != null) {
      counter.increment();
    }
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      return JsonNodeFactory.instance.objectNode();
    }
  }

  @Override
  public void close() {
    following.end().run();
    topics.close();
  }

  synchronized byte[] text() {
    var page = new MetricPage("mosquitto_ha_");
    cluster(page);
    state(page);
    gate(page);
    happened(page);
    broker(page);
    process(page);
    try {
      var text = new ByteArrayOutputStream();
      PrometheusTextFormatWriter.create().write(text, page.snapshots());
      return text.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void cluster(MetricPage page) {
    var cluster = Cluster.of(agent);
    page.gauge(
        "agent_info", "This member.", 1, "member", cluster.self(), "version", Main.version());
    var own =
        cluster.members().stream()
            .filter(member -> member.name().equals(cluster.self()))
            .map(Cluster.Seen::role)
            .findFirst();
    for (var role : List.of(Cluster.Role.LEADER, Cluster.Role.FOLLOWER, Cluster.Role.JOINING)) {
      page.gauge(
          "role",
          "1 for what this member is now.",
          own.equals(Optional.of(role)) ? 1 : 0,
          "role",
          role.name().toLowerCase(Locale.ROOT));
    }
    page.gauge("serves", "Whether clients are served by this member's broker.", agent.serves());
    page.gauge("ready", "Whether this member can be counted on.", agent.ready());
    page.gauge("epoch", "Grows with each leader.", cluster.epoch());
    page.gauge(
        "required_in_sync",
        "So many members must be in sync for anything to be acknowledged.",
        cluster.required());
    for (var member : cluster.members()) {
      page.gauge(
          "in_sync",
          "Whether a member is in sync, by the view that this one has.",
          member.inSync() ? 1 : 0,
          "member",
          member.name());
      page.gauge(
          "member_reachable",
          "Whether this member can send to another, or is it itself.",
          member.answers() ? 1 : 0,
          "member",
          member.name());
      if (cluster.leads() && !member.name().equals(cluster.self())) {
        member
            .lagBytes()
            .ifPresent(lag ->
                page.gauge(
                    "follower_lag_bytes",
                    "What a follower has not confirmed yet; told by the leader.",
                    lag,
                    "member",
                    member.name()));
      }
    }
    agent
        .certificatesUntil()
        .ifPresent(until ->
            page.gauge(
                "peer_certificates_expiry_timestamp_seconds",
                "When the first certificate of the connections between members expires.",
                until.getEpochSecond()));
    agent.sight().ifPresent(sight -> log(page, sight));
  }

  private void log(MetricPage page, Sight sight) {
    page.gauge("appended_index", "The last entry of the log.", sight.last().index());
    page.gauge(
        "committed_index",
        "The last entry that every member in sync has, and that is applied.",
        sight.committed());
    page.gauge(
        "uncommitted_bytes", "Log entries that are not committed.", sight.uncommittedBytes());
    page.gauge("log_bytes", "Log entries that are kept in memory.", sight.logBytes());
    var help = "The broker's last event that was emitted by it, appended to the log, committed.";
    page.gauge("event_number", help, agent.emitted(), "stage", "emitted");
    page.gauge("event_number", help, sight.number(), "stage", "appended");
    page.gauge("event_number", help, agent.committed(), "stage", "committed");
  }

  private void state(MetricPage page) {
    var counts = agent.state().counts();
    Map.of(
            "messages", counts.messages(),
            "retained", counts.retained(),
            "sessions", counts.clients(),
            "connections", counts.connected(),
            "subscriptions", counts.subscriptions(),
            "queued", counts.queued(),
            "wills", counts.wills())
        .forEach((kind, count) ->
            page.gauge(
                "state_records", "What the replicated state is made of.", count, "kind", kind));
    page.gauge("state_bytes", "Memory that the replicated state takes, roughly.", counts.bytes());
    page.gauge(
        "state_limit_bytes",
        "When the state takes more than that, new state is refused.",
        agent.settings().stateLimit());
    page.gauge(
        "restore_refused_records",
        "What the broker refused of its own state when it was last restored: a fault.",
        agent.refusedByRestore());
  }

  private void gate(MetricPage page) {
    var gate = agent.gate();
    var help = "Connections of clients: served here, relayed to the leader, on the way, held.";
    page.gauge("connections", help, gate.served(), "route", "served");
    page.gauge("connections", help, gate.relayed(), "route", "relayed");
    page.gauge("connections", help, gate.connecting(), "route", "connecting");
    page.gauge("connections", help, gate.held(), "route", "held");
    page.counter("connections_accepted", "Connections that were accepted.", gate.accepted());
    page.counter(
        "connections_refused",
        "Connections that were closed because there was no place or no way.",
        gate.refused());
    page.counter(
        "connections_expired",
        "Connections that were closed because nobody led in time, or that were given up.",
        gate.expired());
    page.counter(
        "gate_connect_failures",
        "How often a broker or the leader could not be reached.",
        gate.connectFailures());
    page.gauge("gate_held_bytes", "Bytes that cannot be sent yet.", gate.heldBytes());
    page.gauge("gate_buffer_bytes", "Memory that these take.", gate.bufferBytes());
    page.counter(
        "gate_discarded_bytes", "Bytes that nobody could be sent any more.", gate.discardedBytes());
    page.counter("gate_bytes", "Bytes sent.", gate.bytesToBroker(), "to", "broker");
    page.counter("gate_bytes", "Bytes sent.", gate.bytesToClients(), "to", "clients");
    page.counter(
        "gate_reads_at_once",
        "Reads from the broker whose bytes left at once, because all was committed.",
        gate.readsAtOnce());
    holdTimes(page, gate);
  }

  private static void holdTimes(MetricPage page, GateStatistics gate) {
    var bounds = new double[gate.holdTimes().size()];
    var counts = new long[bounds.length];
    for (int i = 0; i < bounds.length; i++) {
      var bucket = gate.holdTimes().get(i);
      bounds[i] =
          bucket.upToMicros() == Long.MAX_VALUE
              ? Double.POSITIVE_INFINITY
              : bucket.upToMicros() / MEGA;
      counts[i] = bucket.count();
    }
    page.histogram(
        "gate_hold_seconds",
        "How long the bytes of the other reads were held for a commit.",
        bounds,
        counts,
        gate.holdMicros() / MEGA);
  }

  private void happened(MetricPage page) {
    new TreeMap<>(occurrences)
        .forEach((kind, count) ->
            page.counter(
                "occurrences",
                "What happened to the cluster, as this agent heard of it since it started.",
                count.sum(),
                "kind",
                kind));
    agent.state().occurrences().reversed().stream()
        .map(Figures::read)
        .filter(it -> it.path("phases").isObject() && !it.path("phases").isEmpty())
        .findFirst()
        .ifPresent(change -> lastChange(page, change));
  }

  private static void lastChange(MetricPage page, JsonNode change) {
    var kind = change.path("kind").asText();
    change
        .path("phases")
        .properties()
        .forEach(phase ->
            page.gauge(
                "last_change_phase_seconds",
                "How long the last change of leader took, by phase.",
                phase.getValue().asLong() / 1e3,
                "kind",
                kind,
                "phase",
                phase.getKey().replaceFirst("Ms$", "")));
    EventStreams.timeOf(change.path("time").asText())
        .ifPresent(time ->
            page.gauge(
                "last_change_timestamp_seconds",
                "When the last change of leader was done.",
                time.toEpochMilli() / 1e3,
                "kind",
                kind,
                "member",
                change.path("member").asText()));
  }

  private void broker(MetricPage page) {
    var now = agent.broker();
    for (var state : Broker.values()) {
      page.gauge(
          "broker_state",
          "1 for what this member's broker does now.",
          state == now ? 1 : 0,
          "state",
          state.name().toLowerCase(Locale.ROOT));
    }
    resident(agent.brokerPid())
        .ifPresent(bytes ->
            page.gauge("broker_resident_memory_bytes", "Memory of the broker's process.", bytes));
    cpu(agent.brokerPid())
        .ifPresent(time ->
            page.counter("broker_cpu_seconds", "Processor time of the broker's process.", time));
    if (now == Broker.SERVING) {
      BrokerFigures.add(topics.values(), page);
    } else {
      topics.disconnect();
    }
  }

  private static void process(MetricPage page) {
    var self = ProcessHandle.current();
    var runtime = Runtime.getRuntime();
    page.gauge("jvm_heap_used_bytes", "Heap in use.", runtime.totalMemory() - runtime.freeMemory());
    page.gauge("jvm_heap_committed_bytes", "Heap that was taken.", runtime.totalMemory());
    page.gauge("jvm_heap_max_bytes", "Heap that may be taken.", runtime.maxMemory());
    resident(self.pid())
        .ifPresent(
            bytes -> page.gauge("process_resident_memory_bytes", "Memory of the agent.", bytes));
    cpu(self.pid())
        .ifPresent(
            time -> page.counter("process_cpu_seconds", "Processor time of the agent.", time));
    self.info()
        .startInstant()
        .ifPresent(start ->
            page.gauge(
                "process_start_time_seconds",
                "When the agent was started.",
                start.toEpochMilli() / 1e3));
  }

  private static Optional<Long> resident(long pid) {
    if (pid <= 0) {
      return Optional.empty();
    }
    try (var lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty(); // It has just ended.
    }
  }

  private static Optional<Double> cpu(long pid) {
    return pid <= 0
        ? Optional.empty()
        : ProcessHandle.of(pid)
            .flatMap(process -> process.info().totalCpuDuration())
            .map(Duration::toNanos)
            .map(nanos -> nanos / 1e9);
  }
}
