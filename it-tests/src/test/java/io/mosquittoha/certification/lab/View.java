package io.mosquittoha.certification.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The cluster as one agent sees it.
 *
 * @param leader the leader's pod, or an empty text
 * @param summary for people
 */
public record View(
    long epoch,
    String leader,
    boolean serving,
    List<String> inSync,
    List<String> members,
    String summary) {

  static View of(JsonNode json) {
    var inSync = new ArrayList<String>();
    json.path("inSync").forEach(name -> inSync.add(name.asText()));
    var members = new ArrayList<String>();
    json.path("members").forEach(member -> members.add(member.path("name").asText()));
    return new View(
        json.path("epoch").asLong(),
        json.path("leader").asText(""),
        json.path("serving").asBoolean(),
        inSync.stream().sorted().toList(),
        members.stream().sorted().toList(),
        json.path("summary").asText(""));
  }
}
