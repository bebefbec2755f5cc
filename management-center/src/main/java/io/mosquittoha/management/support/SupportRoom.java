package io.mosquittoha.management.support;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Sight;
import io.mosquittoha.management.kubernetes.Workload;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.web.Reply;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The support bundle: the page that says what is in it, and the file. */
public final class SupportRoom implements Room {

  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
  private static final int LOG_LINES = 2_000;

  private static final String README =
      """
      Support bundle of the management center %s for the release %s, made at %s.

      center/    this application: version, settings, figures, threads, database, what people did in the last day
      cluster/   brokers as this application sees them, and what happened to them
      members/   what each broker's agent says of itself, and the end of its log
      kubernetes/ what Kubernetes says of brokers, and what this application may not do there

      Passwords, tokens and keys were taken out: %s stands in their place. Names of people, accounts, clients, topics
      and addresses may be in it. A file that ends in .missing.txt says why something could not be had.
      """;

  private final Settings settings;
  private final String version;
  private final Store store;
  private final Cluster cluster;
  private final Workload workload;
  private final List<Part> others;

  /**
   * @param others what other rooms have to add
   */
  public SupportRoom(
      Settings settings,
      String version,
      Store store,
      Cluster cluster,
      Workload workload,
      List<Part> others) {
    this.settings = settings;
    this.version = version;
    this.store = store;
    this.cluster = cluster;
    this.workload = workload;
    this.others = List.copyOf(others);
  }

  @Override
  public void open(Routes routes) {
    routes.page(
        "/admin/support",
        Role.ADMIN,
        visit ->
            visit.render(
                "metrics/support.jte",
                Map.of(
                    "members",
                    cluster.sight().members().stream().map(Sight.Member::name).toList())));
    routes.get(
        "/api/v1/support-bundle",
        Role.ADMIN,
        "Give a support bundle: a zip of what helps to find a fault, without secrets.",
        Reply.file("application/zip"),
        this::bundle);
  }

  private void bundle(Visit visit) throws IOException {
    var now = Instant.now();
    var name = "%s-support-%s".formatted(settings.release(), NAME.format(now));
    visit.audit("support.bundle", name, null, null);
    var context = visit.context();
    context.disableCompression();
    context.contentType("application/zip");
    context.header("Content-Disposition", "attachment; filename=\"" + name + ".zip\"");
    context.header("Cache-Control", "no-store");
    write(name, now, context.outputStream());
  }

  void write(String name, Instant now, OutputStream out) throws IOException {
    new Bundle(Redaction.ofFiles(secretFiles()), name).write(parts(now), out);
  }

  private List<Path> secretFiles() {
    var files = new ArrayList<Path>();
    files.add(settings.passwordFile());
    files.add(settings.tokenFile());
    files.add(settings.firstPasswordFile());
    settings.certificateKey().ifPresent(files::add);
    settings.openId().ifPresent(openId -> files.add(openId.clientSecretFile()));
    return files;
  }

  private List<Part> parts(Instant now) {
    var parts = new ArrayList<Part>();
    parts.add(
        new Part(
            "README.txt",
            () -> README.formatted(version, settings.release(), now, Redaction.REMOVED)));
    parts.add(new Part("center/version.json", this::versions));
    // Settings name files with secrets, never secrets.
    parts.add(new Part("center/settings.json", () -> settings));
    parts.add(new Part("center/database.json", this::database));
    parts.add(new Part("center/threads.txt", SupportRoom::threads));
    parts.add(new Part("cluster/sight.json", cluster::sight));
    parts.addAll(others);
    parts.add(new Part("kubernetes/size.json", workload::size));
    parts.add(new Part("kubernetes/permissions.json", workload::permissions));
    for (var member : cluster.sight().members()) {
      var name = member.name();
      var folder = "members/" + name.replaceAll("[^A-Za-z0-9._-]", "_");
      for (var what : List.of("cluster", "state", "events")) {
        parts.add(
            new Part(
                "%s/%s.json".formatted(folder, what), () -> cluster.ask(name, "/api/v1/" + what)));
      }
      parts.add(new Part(folder + "/metrics.txt", () -> cluster.figures(name)));
      parts.add(new Part(folder + "/log.txt", () -> log(name, false)));
      parts.add(new Part(folder + "/log-before-restart.txt", () -> log(name, true)));
      parts.add(new Part("kubernetes/%s.json".formatted(name), () -> workload.pod(name)));
    }
    return parts;
  }

  private String log(String pod, boolean previous) {
    var log = workload.log(pod, LOG_LINES, previous);
    return (log.cut() ? "(what was before is not here)\n" : "")
        + String.join("\n", log.lines())
        + "\n";
  }

  private Map<String, Object> versions() {
    var runtime = Runtime.getRuntime();
    var facts = new LinkedHashMap<String, Object>();
    facts.put("managementCenter", version);
    facts.put("java", Runtime.version().toString());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    facts.put("machine", System.getProperty("os.arch"));
    facts.put("processors", runtime.availableProcessors());
    facts.put("heapUsed", runtime.totalMemory() - runtime.freeMemory());
    facts.put("heapMost", runtime.maxMemory());
    ProcessHandle.current()
        .info()
        .startInstant()
        .ifPresent(start -> {
          facts.put("started", start);
          facts.put("uptimeSeconds", Duration.between(start, Instant.now()).toSeconds());
        });
    var members = new TreeMap<String, String>();
    for (var member : cluster.sight().members()) {
      members.put(member.name(), member.version());
    }
    facts.put("agents", members);
    return facts;
  }

  private Map<String, Object> database() {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("bytes", store.size());
    store.read(connection -> {
      facts.put("check", texts(connection, "PRAGMA quick_check(5)"));
      facts.put("journal", texts(connection, "PRAGMA journal_mode"));
      facts.put("freePages", texts(connection, "PRAGMA freelist_count"));
      var rows = new TreeMap<String, String>();
      for (var table :
          texts(
              connection,
              "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")) {
        var quoted = '"' + table.replace("\"", "\"\"") + '"';
        rows.put(table, texts(connection, "SELECT count(*) FROM " + quoted).getFirst());
      }
      facts.put("rows", rows);
      return true;
    });
    return facts;
  }

  private static List<String> texts(Connection connection, String sql) throws SQLException {
    var texts = new ArrayList<String>();
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }

  private static String threads() {
    var text = new StringBuilder();
    Thread.getAllStackTraces()
        .forEach((thread, frames) -> {
          text.append(thread.getName()).append(" · ").append(thread.getState()).append('\n');
          for (var frame : frames) {
            text.append("    ").append(frame).append('\n');
          }
        });
    return text.toString();
  }
}
