package io.mosquittoha.management.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The cluster as one member tells it. What an agent says is not trusted further than needed: names
 * become host names and addresses of pages, texts are shown.
 *
 * @param self who tells it
 * @param at when it was told, by the clock here
 */
record Report(
    String self,
    Instant at,
    long epoch,
    Optional<String> leader,
    boolean serving,
    String summary,
    String replication,
    String durability,
    int minInSync,
    List<Sight.Member> members) {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");
  private static final int MOST_MEMBERS = 100;
  private static final int LONGEST = 1_000;
  private static final int MOST_PHASES = 20;

  Report {
    members = List.copyOf(members);
  }

  /** Whether its teller leads, by its own account. */
  boolean leads() {
    return leader.equals(Optional.of(self));
  }

  Optional<Sight.Member> member(String name) {
    return members.stream().filter(member -> member.name().equals(name)).findFirst();
  }

  /**
   * Reads the answer to {@code /api/v1/cluster}.
   *
   * @throws IOException if it is none
   */
  static Report read(String self, Instant at, byte[] body) throws IOException {
    var json = JSON.readTree(body);
    if (!json.path("members").isArray() || !json.path("epoch").isIntegralNumber()) {
      throw new IOException("that is no answer of an agent");
    }
    var members = new ArrayList<Sight.Member>();
    for (var member : json.path("members")) {
      if (isName(member.path("name").asText()) && members.size() < MOST_MEMBERS) {
        members.add(member(member));
      }
    }
    return new Report(
        self,
        at,
        json.path("epoch").asLong(),
        Optional.of(json.path("leader").asText("")).filter(Report::isName),
        json.path("serving").asBoolean(),
        text(json, "summary"),
        text(json, "replication"),
        text(json, "durability"),
        json.path("minInSync").asInt(1),
        members);
  }

  private static Sight.Member member(JsonNode json) {
    return new Sight.Member(
        json.path("name").asText(),
        role(json.path("role").asText()),
        json.path("inSync").asBoolean(),
        text(json, "address"),
        number(json.path("position")),
        number(json.path("lagBytes")),
        text(json, "version"),
        text(json, "revision"));
  }

  /**
   * A role that a later version may have is one that is not understood here, and so not counted on.
   */
  private static Sight.Role role(String text) {
    return Arrays.stream(Sight.Role.values())
        .filter(role -> role.name().equals(text.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElse(Sight.Role.JOINING);
  }

  /**
   * Reads one occurrence.
   *
   * @throws IOException if it is none
   */
  static Occurrence occurrence(String text) throws IOException {
    var json = JSON.readTree(text);
    try {
      return new Occurrence(
          Instant.parse(json.path("time").asText()),
          json.path("epoch").asLong(),
          text(json, "kind"),
          text(json, "member"),
          text(json, "detail"),
          phases(json.path("phases")),
          OptionalInt.empty(),
          OptionalLong.empty());
    } catch (DateTimeException e) {
      throw new IOException("an occurrence has no time", e);
    }
  }

  private static Map<String, Long> phases(JsonNode json) {
    var phases = new HashMap<String, Long>();
    for (var phase : json.properties()) {
      if (phase.getKey().matches("[A-Za-z]{1,30}") && phases.size() < MOST_PHASES) {
        phases.put(phase.getKey(), Math.max(0, phase.getValue().asLong()));
      }
    }
    return phases;
  }

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  private static OptionalLong number(JsonNode json) {
    return json.isIntegralNumber() ? OptionalLong.of(json.asLong()) : OptionalLong.empty();
  }

  private static String text(JsonNode json, String field) {
    var text = json.path(field).asText("").replaceAll("\\p{Cntrl}", " ");
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
  }
}
