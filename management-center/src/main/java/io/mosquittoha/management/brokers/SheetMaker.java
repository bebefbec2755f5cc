package io.mosquittoha.management.brokers;

import io.mosquittoha.management.brokers.Sheet.Group;
import io.mosquittoha.management.brokers.Sheet.Value;
import io.mosquittoha.management.metrics.Exposition;
import io.mosquittoha.management.web.Figures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Makes a {@link Sheet} of what a broker's agent says; what it does not say is left out. */
final class SheetMaker {

  private static final double PER_MINUTE = 60;

  private final Exposition said;
  private final Throughput.Rate rate;
  private final List<Value> values = new ArrayList<>();

  private SheetMaker(Exposition said, Throughput.Rate rate) {
    this.said = said;
    this.rate = rate;
  }

  static Sheet make(Exposition said, Throughput.Rate rate) {
    var maker = new SheetMaker(said, rate);
    var groups = new ArrayList<Group>();
    if (said.serves()) {
      maker.serving();
      maker.close("Traffic", groups);
      maker.kept();
      maker.close("Kept", groups);
    }
    maker.memory();
    maker.close("Memory", groups);
    maker.gate();
    maker.close("Gate", groups);
    maker.replication();
    maker.close("Replication", groups);
    var version =
        said.all("broker_info").stream()
            .map(it -> it.labels().getOrDefault("version", ""))
            .findFirst()
            .orElse("");
    return new Sheet(said.serves(), version, "", List.copyOf(groups));
  }

  private void close(String title, List<Group> groups) {
    if (!values.isEmpty()) {
      groups.add(new Group(title, List.copyOf(values)));
      values.clear();
    }
  }

  private void add(String label, String value, String unit, String note) {
    values.add(new Value(label, value, unit, note));
  }

  private void count(String label, OptionalDouble value, String note) {
    value.ifPresent(number -> add(label, Figures.count((long) number), "", note));
  }

  private void bytes(String label, OptionalDouble value, String note) {
    value.ifPresent(number -> add(label, Figures.bytes(number), "", note));
  }

  private OptionalDouble perSecond(String load) {
    var minute = said.value("broker_load_" + load, "over", "1min");
    return minute.isPresent()
        ? OptionalDouble.of(minute.getAsDouble() / PER_MINUTE)
        : OptionalDouble.empty();
  }

  private void serving() {
    var served = said.value("connections", "route", "served");
    count(
        "Clients",
        served.isPresent() ? served : said.value("broker_clients_connected"),
        "connected now");
    var minute = "in the last minute";
    perSecond("publish_received")
        .ifPresent(it -> add("Messages in", Figures.rate(it), "/s", minute));
    perSecond("publish_sent").ifPresent(it -> add("Messages out", Figures.rate(it), "/s", minute));
    if (rate.known()) {
      add("Data in", Figures.bytes(rate.in()), "/s", "through the gate");
      add("Data out", Figures.bytes(rate.out()), "/s", "through the gate");
    } else {
      perSecond("bytes_received").ifPresent(it -> add("Data in", Figures.bytes(it), "/s", minute));
      perSecond("bytes_sent").ifPresent(it -> add("Data out", Figures.bytes(it), "/s", minute));
    }
    var dropping = said.value("broker_load_publish_dropped", "over", "1min").orElse(0);
    count(
        "Dropped",
        said.value("broker_publish_messages_dropped"),
        dropping > 0
            ? "%s in the last minute: queues are full".formatted(Figures.rate(dropping))
            : "messages, since the broker started");
    said.value("broker_uptime_seconds")
        .ifPresent(
            it -> add("Up", Figures.duration(Duration.ofSeconds((long) it)), "", "the broker"));
  }

  private void kept() {
    count("Sessions", said.value("state_records", "kind", "sessions"), "connected or away");
    count("Queued", said.value("state_records", "kind", "queued"), "messages for clients");
    count("Subscriptions", said.value("state_records", "kind", "subscriptions"), "of sessions");
    count("Retained", said.value("state_records", "kind", "retained"), "messages");
    count("Wills", said.value("state_records", "kind", "wills"), "");
  }

  private void memory() {
    bytes("Broker", said.value("broker_resident_memory_bytes"), "resident");
    bytes(
        "Broker's heap",
        said.value("broker_heap_current"),
        said.value("broker_heap_maximum").isPresent()
            ? "at most " + Figures.bytes(said.value("broker_heap_maximum").getAsDouble())
            : "");
    bytes("Agent", said.value("process_resident_memory_bytes"), "resident");
    var limit = said.value("state_limit_bytes").orElse(0);
    var state = said.value("state_bytes");
    bytes(
        "State",
        state,
        limit <= 0
            ? ""
            : "%s of %s".formatted(Figures.percent(state.orElse(0) / limit), Figures.bytes(limit)));
  }

  private void gate() {
    var held = Quantiles.of(said.all("gate_hold_seconds_bucket"));
    if (held.count() > 0) {
      add("Wait, half", Figures.millis(held.at(0.5) * 1e3), "", "or less, for the commit");
      add("Wait, 99 %", Figures.millis(held.at(0.99) * 1e3), "", "or less, since its start");
    }
    bytes("Held back", said.value("gate_held_bytes"), "until it is committed");
    count("Relayed", said.value("connections", "route", "relayed"), "connections, to the leader");
    count(
        "Waiting", said.value("connections", "route", "held"), "connections, until somebody leads");
    var refused =
        said.value("connections_refused").orElse(0) + said.value("connections_expired").orElse(0);
    count("Turned away", OptionalDouble.of(refused), "connections, since its start");
  }

  private void replication() {
    count("Epoch", said.value("epoch"), "grows with each leader");
    count("Committed", said.value("committed_index"), "entries of the log");
    bytes("Not committed", said.value("uncommitted_bytes"), "");
    bytes("Log", said.value("log_bytes"), "kept in memory");
    for (var follower : said.all("follower_lag_bytes")) {
      add(
          follower.labels().getOrDefault("member", "") + " is behind",
          Figures.bytes(follower.value()),
          "",
          "");
    }
    var refused = said.value("restore_refused_records").orElse(0);
    if (refused > 0) {
      count(
          "Refused",
          OptionalDouble.of(refused),
          "records, when its state was restored: see the broker's log");
    }
  }
}
