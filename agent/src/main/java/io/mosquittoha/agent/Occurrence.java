package io.mosquittoha.agent;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something that happened to the cluster.
 *
 * @param kind formed, failover, handover, brokerRestarted, stateLost, joined or left
 * @param member whom it is about
 * @param phases of a change of leader, in milliseconds
 */
record Occurrence(
    Instant time,
    long epoch,
    String kind,
    String member,
    String detail,
    Map<String, Long> phases) {

  private static final JsonMapper JSON = new JsonMapper();

  static Occurrence now(long epoch, String kind, String member, String detail) {
    return new Occurrence(Instant.now(), epoch, kind, member, detail, Map.of());
  }

  Occurrence with(Map<String, Long> measured) {
    return new Occurrence(time, epoch, kind, member, detail, new TreeMap<>(measured));
  }

  String json() {
    var json = JSON.createObjectNode();
    json.put("time", time.toString());
    json.put("epoch", epoch);
    json.put("kind", kind);
    json.put("member", member);
    json.put("detail", detail);
    if (!phases.isEmpty()) {
      var measured = json.putObject("phases");
      phases.forEach(measured::put);
    }
    return json.toString();
  }
}
