package io.mosquittoha.certification.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something that happened to the cluster, as its agents tell it.
 *
 * @param kind such as {@code failover} or {@code handover}
 * @param phases by name, how long each part of it took
 */
public record Turn(
    String time,
    long epoch,
    String kind,
    String member,
    String detail,
    Map<String, Duration> phases) {

  static Turn of(JsonNode json) {
    var phases = new TreeMap<String, Duration>();
    json.path("phases")
        .properties()
        .forEach(phase -> {
          if (phase.getKey().endsWith("Ms") && phase.getValue().isNumber()) {
            phases.put(
                phase.getKey().substring(0, phase.getKey().length() - 2),
                Duration.ofNanos(Math.round(phase.getValue().asDouble() * 1_000_000)));
          }
        });
    return new Turn(
        json.path("time").asText(""),
        json.path("epoch").asLong(),
        json.path("kind").asText(""),
        json.path("member").asText(""),
        json.path("detail").asText(""),
        phases);
  }

  /** Whether another broker serves since. */
  public boolean movesTheLeader() {
    return kind.equals("failover") || kind.equals("handover");
  }
}
