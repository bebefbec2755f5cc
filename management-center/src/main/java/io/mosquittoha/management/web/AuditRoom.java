package io.mosquittoha.management.web;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mosquittoha.management.web.AuditTrail.Entry;
import io.mosquittoha.management.web.AuditTrail.Search;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** Who did what: a page, and the same for programmes. */
final class AuditRoom implements Room {

  private static final int ON_A_PAGE = 100;
  private static final int MOST = 1_000;
  private static final int MOST_EXPORTED = AuditTrail.MOST * 2;
  private static final String FILTERS = "person&action&target&from&to";

  private final AuditTrail trail;
  private final ObjectMapper json;

  AuditRoom(AuditTrail trail, ObjectMapper json) {
    this.trail = trail;
    this.json = json;
  }

  @Override
  public void open(Routes routes) {
    routes.page("/audit", Role.VIEWER, visit -> show(visit, "audit/home.jte"));
    routes.page("/parts/audit/rows", Role.VIEWER, visit -> show(visit, "audit/rows.jte"));
    routes.get(
        "/api/v1/audit?" + FILTERS + "&below&limit",
        Role.VIEWER,
        "List who did what, the latest first; `below` is the id to go on from",
        Entry[].class,
        visit -> visit.json(trail.find(search(visit), limit(visit))));
    routes.get(
        "/api/v1/audit/export?format&" + FILTERS,
        Role.VIEWER,
        "Export who did what as `csv` or `json`",
        Reply.of(Entry[].class).orFile("text/csv"),
        this::export);
    routes.get(
        "/api/v1/audit/chain",
        Role.VIEWER,
        "Check that no entry was changed or taken out",
        AuditTrail.Chain.class,
        visit -> visit.json(trail.check()));
    routes.page(
        "/parts/audit/chain",
        Role.VIEWER,
        visit -> visit.render("audit/chain.jte", Map.of("chain", trail.check())));
  }

  private void show(Visit visit, String template) {
    var search = search(visit);
    var found = trail.find(search, ON_A_PAGE + 1);
    var entries = found.subList(0, Math.min(ON_A_PAGE, found.size()));
    var parameters = parameters(visit);
    var next =
        found.size() > ON_A_PAGE ? "/audit?" + parameters + "&below=" + entries.getLast().id() : "";
    visit.render(
        template,
        template.endsWith("home.jte")
            ? Map.of(
                "entries",
                entries,
                "next",
                next,
                "search",
                search,
                "parameters",
                parameters,
                "from",
                visit.query("from"),
                "to",
                visit.query("to"),
                "actions",
                trail.actions())
            : Map.of("entries", entries, "next", next));
  }

  private static String parameters(Visit visit) {
    var joined = new StringJoiner("&");
    for (var name : List.of("person", "action", "target", "from", "to")) {
      if (!visit.query(name).isEmpty()) {
        joined.add(name + "=" + URLEncoder.encode(visit.query(name), StandardCharsets.UTF_8));
      }
    }
    return joined.toString();
  }

  private static Search search(Visit visit) {
    return new Search(
        visit.query("person").strip(),
        visit.query("action").strip(),
        visit.query("target").strip(),
        time(visit, "from", false),
        time(visit, "to", true),
        number(visit, "below"));
  }

  private static Optional<Instant> time(Visit visit, String name, boolean end) {
    var text = visit.query(name).strip();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (text.length() == "2026-01-31".length()) {
        var day = LocalDate.parse(text);
        return Optional.of(
            (end ? day.plusDays(1) : day)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant()
                .minusMillis(end ? 1 : 0));
      }
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      throw new Problem(
          400, "%s is a day like 2026-01-31 or a time like 2026-01-31T12:00:00Z.".formatted(name));
    }
  }

  private static Optional<Long> number(Visit visit, String name) {
    var text = visit.query(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new Problem(400, name + " is a number.");
    }
  }

  private static int limit(Visit visit) {
    return Math.clamp(number(visit, "limit").orElse((long) ON_A_PAGE), 1, MOST);
  }

  private void export(Visit visit) throws IOException {
    var csv =
        switch (visit.query("format")) {
          case "csv" -> true;
          case "json", "" -> false;
          default -> throw new Problem(400, "format is csv or json.");
        };
    var search = search(visit);
    var context = visit.context();
    context.contentType(csv ? "text/csv; charset=utf-8" : "application/json");
    context.header("Cache-Control", "no-store");
    context.header(
        "Content-Disposition", "attachment; filename=\"audit." + (csv ? "csv" : "json") + "\"");
    // Row by row: all of it may be more than there is memory.
    if (csv) {
      csv(visit, search);
    } else {
      try (var out = json.createGenerator(context.outputStream(), JsonEncoding.UTF8)) {
        out.writeStartArray();
        trail.find(
            search,
            MOST_EXPORTED,
            entry -> {
              try {
                out.writePOJO(entry);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
        out.writeEndArray();
      }
    }
  }

  private void csv(Visit visit, Search search) throws IOException {
    try (var out = new OutputStreamWriter(visit.context().outputStream(), StandardCharsets.UTF_8)) {
      out.write("id,at,person,role,address,action,target,before,after,hash\r\n");
      trail.find(
          search,
          MOST_EXPORTED,
          entry -> {
            try {
              out.write(line(entry));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  private static String line(Entry entry) {
    var line = new StringJoiner(",", "", "\r\n");
    line.add(Long.toString(entry.id())).add(entry.at().toString());
    for (var text :
        List.of(
            entry.person(),
            entry.role(),
            entry.address(),
            entry.action(),
            entry.target(),
            entry.before(),
            entry.after(),
            entry.hash())) {
      line.add(Csv.field(text));
    }
    return line.toString();
  }
}
