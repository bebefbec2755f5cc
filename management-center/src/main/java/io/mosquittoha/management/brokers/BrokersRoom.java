package io.mosquittoha.management.brokers;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.clients.Visible;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Sight.Member;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.kubernetes.Permission;
import io.mosquittoha.management.kubernetes.PodFacts;
import io.mosquittoha.management.kubernetes.PodLog;
import io.mosquittoha.management.kubernetes.Size;
import io.mosquittoha.management.kubernetes.Workload;
import io.mosquittoha.management.metrics.Exposition;
import io.mosquittoha.management.mqtt.Control;
import io.mosquittoha.management.web.EventStream;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A page for each broker, and what can be done to brokers through Kubernetes. */
public final class BrokersRoom implements Room {

  private static final int SHOWN_LINES = 200;

  private final Settings settings;
  private final Cluster cluster;
  private final Workload workload;
  private final Events events;
  private final Operator operator;
  private final Inventory inventory;
  private final Throughput throughput = new Throughput();

  /**
   * Asks nobody yet.
   *
   * @param control asked for listeners and plugins alone: a broker that does not answer keeps it
   *     waiting
   */
  public BrokersRoom(
      Settings settings, Cluster cluster, Workload workload, Control control, Events events) {
    this.settings = settings;
    this.cluster = cluster;
    this.workload = workload;
    this.events = events;
    operator = new Operator(settings, cluster, workload);
    inventory = new Inventory(control);
  }

  @Override
  public void open(Routes routes) {
    var viewer = io.mosquittoha.management.web.Role.VIEWER;
    var admin = io.mosquittoha.management.web.Role.ADMIN;
    routes.page("/brokers/{name}", viewer, visit -> sheet(visit, "brokers/home.jte"));
    routes.page("/parts/brokers/sheet/{name}", viewer, visit -> sheet(visit, "brokers/sheet.jte"));
    routes.page("/parts/brokers/pod/{name}", viewer, this::podPart);
    routes.page("/parts/brokers/inventory/{name}", viewer, this::inventoryPart);
    routes.page("/parts/brokers/log/{name}", viewer, this::logPart);
    routes.page("/parts/brokers/interruption/{name}", viewer, this::interruption);
    routes.page("/parts/brokers/size", viewer, this::sizePart);
    routes.get(
        "/api/v1/brokers/{name}",
        viewer,
        "Tell what a broker does: traffic, memory, gate, replication.",
        BrokerSheet.class,
        visit -> {
          var member = operator.member(visit.path("name"));
          visit.json(new BrokerSheet(member, sheet(member)));
        });
    routes.get(
        "/api/v1/brokers/{name}/pod",
        viewer,
        "Tell about a broker's pod: node, start, restarts, image, resources.",
        PodFacts.class,
        visit -> visit.json(workload.pod(operator.member(visit.path("name")).name())));
    routes.get(
        "/api/v1/brokers/{name}/inventory",
        viewer,
        "List a broker's listeners and plugins, as it tells itself.",
        Inventory.Told.class,
        visit -> visit.json(inventory.of(operator.member(visit.path("name")).name())));
    routes.get(
        "/api/v1/brokers/{name}/log",
        viewer,
        "Tell the end of a broker's log (lines: up to 2000; previous: of the container before).",
        PodLog.class,
        visit -> visit.json(log(visit)));
    routes.stream(
        "/api/v1/brokers/{name}/log/stream",
        viewer,
        "Follow a broker's log: an event 'line' for each line, 'end' at its end.",
        this::follow);
    routes.post(
        "/api/v1/brokers/{name}/restart",
        admin,
        "Restart a broker's pod; a leader hands over first. force: also if service stops.",
        Restart.class,
        this::restart);
    routes.post(
        "/api/v1/brokers/{name}/drain",
        admin,
        "Restart a broker's pod so that nobody has to do without: hands over first, or refuses.",
        this::drain);
    routes.get(
        "/api/v1/size",
        viewer,
        "Tell how many brokers there are and should be, and who decides.",
        Size.class,
        visit -> visit.json(workload.size()));
    routes.put(
        "/api/v1/size",
        admin,
        "Have so many brokers; a leader that would go hands over first.",
        Scale.class,
        this::scale);
    routes.get(
        "/api/v1/kubernetes",
        viewer,
        "Tell what this application's service account may do.",
        Permissions.class,
        visit -> visit.json(new Permissions(workload.permissions())));
  }

  // One broker.

  /** What is known of a broker. */
  record BrokerSheet(Member member, Sheet sheet) {}

  /** What the service account may do, and what not. */
  record Permissions(List<Permission> permissions) {}

  private void sheet(Visit visit, String template) {
    var member = operator.member(visit.path("name"));
    var parameters = new HashMap<String, Object>();
    parameters.put("member", member);
    parameters.put("sheet", sheet(member));
    parameters.put("agents", hasAgents());
    parameters.put("drains", settings.variant() == Variant.HA);
    parameters.put("leader", cluster.sight().leader().orElse(""));
    visit.render(template, parameters);
  }

  private boolean hasAgents() {
    return settings.agentPort() > 0 || !settings.members().isEmpty();
  }

  private Sheet sheet(Member member) {
    if (!hasAgents()) {
      return Sheet.without(
          "Brokers of this variant have no agent that tells their figures. What they publish about"
              + " themselves is under Metrics.");
    }
    try {
      var said = Exposition.read(cluster.figures(member.name()));
      return SheetMaker.make(said, throughput.of(member.name(), said, System.nanoTime()));
    } catch (Problem problem) {
      return Sheet.without(String.valueOf(problem.getMessage()));
    }
  }

  private void podPart(Visit visit) {
    var name = operator.member(visit.path("name")).name();
    var parameters = new HashMap<String, @Nullable Object>();
    parameters.put("trouble", attempt(() -> parameters.put("pod", workload.pod(name))));
    visit.render("brokers/pod.jte", parameters);
  }

  private void inventoryPart(Visit visit) {
    var member = operator.member(visit.path("name"));
    var serves = member.role() == Role.LEADER || member.role() == Role.ACTIVE;
    var told = serves ? inventory.of(member.name()) : new Inventory.Told(List.of(), List.of(), "");
    visit.render("brokers/inventory.jte", Map.of("serves", serves, "told", told));
  }

  private PodLog log(Visit visit) {
    var lines = visit.query("lines");
    if (!lines.isEmpty() && !lines.matches("\\d{1,6}")) {
      throw new Problem(400, "lines has to be a number from 1 to %d.".formatted(PodLog.MOST_LINES));
    }
    return workload.log(
        operator.member(visit.path("name")).name(),
        lines.isEmpty() ? SHOWN_LINES : Integer.parseInt(lines),
        visit.query("previous").equals("true"));
  }

  private void logPart(Visit visit) {
    var parameters = new HashMap<String, @Nullable Object>();
    parameters.put("trouble", attempt(() -> parameters.put("log", log(visit))));
    visit.render("brokers/log.jte", parameters);
  }

  private static String attempt(Runnable action) {
    try {
      action.run();
      return "";
    } catch (Problem problem) {
      return String.valueOf(problem.getMessage());
    }
  }

  private void follow(Visit visit, EventStream stream) {
    var name = operator.member(visit.path("name")).name();
    var following =
        workload.follow(
            name,
            0,
            line -> stream.send("line", Map.of("text", shown(line))),
            () -> {
              stream.send("end", Map.of());
              stream.close();
            });
    stream.onClose(following::close);
  }

  /** Logs quote clients: what can't be seen is made visible. */
  public static String shown(String line) {
    return Visible.of(line.replace("\t", "  "));
  }

  // What is done to brokers.

  /**
   * What is asked for.
   *
   * @param force also if service stops until it is back
   */
  record Restart(boolean force) {}

  /** What is asked for. */
  record Scale(int brokers) {}

  private void interruption(Visit visit) {
    var member = operator.member(visit.path("name"));
    visit.render(
        "brokers/interruption.jte",
        Map.of("interruption", Interruption.of(settings.variant(), cluster.counted(), member)));
  }

  private void restart(Visit visit) {
    var name = operator.member(visit.path("name")).name();
    var force = visit.body(Restart.class).force();
    act(visit, "broker.restart", name, Map.of("force", force), () -> operator.restart(name, force));
  }

  private void drain(Visit visit) {
    var name = operator.member(visit.path("name")).name();
    act(visit, "broker.drain", name, Map.of(), () -> operator.drain(name));
  }

  private void scale(Visit visit) {
    var brokers = visit.body(Scale.class).brokers();
    act(
        visit,
        "brokers.scale",
        settings.statefulSet(),
        Map.of("brokers", brokers),
        () -> operator.scale(brokers));
  }

  private void act(
      Visit visit, String action, String target, Map<String, ?> wanted, Supplier<String> deed) {
    var before = Map.of("leader", cluster.sight().leader().orElse(""));
    String sentence;
    try {
      sentence = deed.get();
    } catch (Problem problem) {
      var refused = new HashMap<String, Object>(wanted);
      refused.put("refused", String.valueOf(problem.getMessage()));
      visit.audit(action, target, before, refused);
      throw problem;
    }
    var after = new HashMap<String, Object>(wanted);
    after.put("done", sentence);
    visit.audit(action, target, before, after);
    events.changed("cluster");
    visit.done(sentence);
  }

  private void sizePart(Visit visit) {
    var parameters = new HashMap<String, @Nullable Object>();
    parameters.put("trouble", attempt(() -> parameters.put("size", workload.size())));
    visit.render("brokers/size.jte", parameters);
  }
}
