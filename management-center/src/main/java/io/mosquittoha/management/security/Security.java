package io.mosquittoha.management.security;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.mqtt.Control;
import io.mosquittoha.management.store.Store;
import io.mosquittoha.management.web.Events;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Visit;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Dynamic security as it stands, and how it is changed: planned, guarded, written down. */
public final class Security {

  /** For how long it is believed that nothing changed: several questions make one page. */
  private static final Duration BELIEVED = Duration.ofMillis(300);

  /** How long a page waits for a broker. */
  private static final Duration PROMPT = Duration.ofSeconds(2);

  private static final int NAMED = 5;

  private final Control control;
  private final PolicyReader reader;
  private final PolicyReader promptReader;
  private final Cluster cluster;
  private final Events events;
  private final Changes changes;
  private final Guard guard;
  private final ReentrantLock reading = new ReentrantLock();
  private final ReentrantLock changing = new ReentrantLock();
  private @Nullable Policy latest;
  private long looked;

  /**
   * @param own the account of this application
   */
  public Security(Control control, Cluster cluster, Store store, Events events, String own) {
    this.control = control;
    this.reader = new PolicyReader(control);
    this.promptReader = new PolicyReader(control.within(PROMPT));
    this.cluster = cluster;
    this.events = events;
    this.changes = new Changes(store);
    this.guard = new Guard(own);
  }

  /**
   * How it stands; never old by more than a moment.
   *
   * @throws Problem 503 if no broker can be asked
   */
  public Policy policy() {
    return policy(BELIEVED);
  }

  private Policy policy(Duration believed) {
    reading.lock();
    try {
      return read(reader, believed);
    } finally {
      reading.unlock();
    }
  }

  /**
   * The same for a page, which rather says that nobody can tell now than let somebody wait: while
   * no broker serves, after about two seconds.
   *
   * @throws Problem 503 if no broker answers
   */
  Policy promptly() {
    try {
      boolean waited = !reading.tryLock();
      while (waited && !reading.tryLock(PROMPT.toMillis(), TimeUnit.MILLISECONDS)) {
        // Somebody reads: of a broker that answers, it may just be much.
        mustBeServed();
      }
      try {
        if (waited) {
          mustBeServed();
        }
        return read(promptReader, BELIEVED);
      } finally {
        reading.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "This application is being stopped.");
    }
  }

  private void mustBeServed() {
    if (cluster.serving().isEmpty()) {
      throw new Problem(503, "No broker serves at present. Look at the cluster's page.");
    }
  }

  private Policy read(PolicyReader by, Duration believed) {
    try {
      var known = latest;
      if (known != null && System.nanoTime() - looked < believed.toNanos()) {
        return known;
      }
      if (known == null || by.changeIndex() != known.changeIndex()) {
        known = by.read();
        latest = known;
      }
      looked = System.nanoTime();
      return known;
    } catch (Control.ControlException e) {
      throw refused(e);
    }
  }

  /** Looks whether others changed something, and tells all open pages if so. */
  void look() {
    var known = latest;
    if (known != null && promptly().changeIndex() != known.changeIndex()) {
      events.changed("security");
    }
  }

  /**
   * What somebody is going to do.
   *
   * @param mark of what was shown: what is done must be that
   * @param danger why it is refused unless it is insisted on; "" if it is not
   */
  public record Preview(
      List<Difference> differences,
      List<String> passwords,
      Impact impact,
      String danger,
      String mark) {

    /** As the REST interface tells it. */
    public ObjectNode json() {
      var node = JsonNodeFactory.instance.objectNode();
      node.put("mark", mark());
      node.put("danger", danger());
      node.put("nothing", differences().isEmpty() && passwords().isEmpty());
      var all = node.putArray("differences");
      differences().forEach(difference -> all.add(difference.json()));
      var names = node.putArray("passwords");
      passwords().forEach(names::add);
      var told = node.putObject("impact");
      told.put("known", impact().known());
      told.put("sentence", impact().sentence());
      told.put("connections", impact().connections());
      var clients = told.putArray("clients");
      for (var client : impact().clients()) {
        clients
            .addObject()
            .put("id", client.id())
            .put("username", client.username())
            .put("address", client.address())
            .put("loses", client.loses());
      }
      return node;
    }
  }

  /** What would come of wishes, and for whom. */
  public Preview preview(Collection<? extends Wish> wishes) {
    var plan = plan(policy(), wishes);
    return new Preview(
        Difference.between(plan.before(), plan.after()),
        List.copyOf(plan.passwords()),
        Impact.of(plan, cluster).and(guard.interruption(plan)),
        guard.danger(plan).orElse(""),
        mark(plan));
  }

  /** How it would be then. */
  public Policy after(Collection<? extends Wish> wishes) {
    return plan(policy(), wishes).after();
  }

  /**
   * Makes wishes come true.
   *
   * @param action for the audit
   * @param expected the mark of the preview that was confirmed; "" if there was none
   * @param insisting whether it is done although it is dangerous
   * @return what differs now
   * @throws Problem 409 if something else changed since the preview, or it is dangerous
   */
  public List<Difference> carryOut(
      Visit visit,
      String action,
      String summary,
      Collection<? extends Wish> wishes,
      String expected,
      boolean insisting) {
    changing.lock();
    try {
      var before = policy(Duration.ZERO);
      var plan = plan(before, wishes);
      if (!expected.isEmpty() && !expected.equals(mark(plan))) {
        throw new Problem(
            409,
            "Security was changed by somebody else since you looked. Nothing was done; look at what"
                + " would be done now.");
      }
      var danger = guard.danger(plan);
      if (danger.isPresent() && !insisting) {
        throw new Problem(409, danger.get() + " Nothing was done. Insist on it if you mean it.");
      }
      if (plan.commands().isEmpty()) {
        return List.of();
      }
      return carryOut(visit, action, summary, plan);
    } finally {
      changing.unlock();
    }
  }

  private List<Difference> carryOut(Visit visit, String action, String summary, Plan plan) {
    @Nullable Problem failed = null;
    try {
      control.send(plan.commands());
    } catch (Control.ControlException e) {
      failed =
          new Problem(
              409,
              "The broker refused '%s': %s. Of %d commands the first %d were done."
                  .formatted(
                      plan.commands().get(e.index()).path("command").asText(),
                      e.getMessage(),
                      plan.commands().size(),
                      e.index()));
    } catch (Problem e) {
      failed = e;
    }
    List<Difference> differences;
    try {
      reading.lock();
      try {
        latest = null;
      } finally {
        reading.unlock();
      }
      // What is written down is what came of it, not what was meant to.
      differences = Difference.between(plan.before(), policy(Duration.ZERO));
    } catch (Problem e) {
      differences = failed == null ? Difference.between(plan.before(), plan.after()) : List.of();
    }
    var done = failed == null ? summary : summary + " (failed half way)";
    var passwords = failed == null ? List.copyOf(plan.passwords()) : List.<String>of();
    if (!differences.isEmpty() || !passwords.isEmpty()) {
      changes.add(visit.who().name(), done, differences, passwords);
    }
    audit(visit, action, differences, passwords, failed);
    events.changed("security");
    if (failed != null) {
      throw failed;
    }
    return differences;
  }

  private static void audit(
      Visit visit,
      String action,
      List<Difference> differences,
      List<String> passwords,
      @Nullable Problem failed) {
    var before = new LinkedHashMap<String, Object>();
    var after = new LinkedHashMap<String, Object>();
    for (var difference : differences) {
      difference.before().ifPresent(node -> before.put(difference.words(), node));
      difference.after().ifPresent(node -> after.put(difference.words(), node));
    }
    passwords.forEach(name -> after.put("password of '" + name + "'", "set"));
    if (failed != null) {
      after.put("failed", String.valueOf(failed.getMessage()));
    }
    var names = new ArrayList<String>();
    differences.forEach(difference -> names.add(difference.words()));
    passwords.forEach(name -> names.add("client '" + name + "'"));
    var target =
        String.join(", ", names.stream().distinct().limit(NAMED).toList())
            + (names.size() > NAMED ? " …" : "");
    visit.audit(action, target, Map.copyOf(before), Map.copyOf(after));
  }

  /** What makes it like that; what is only here goes if so wanted. */
  public List<Wish> toward(Policy wanted, boolean remove) {
    return Wishes.toward(policy(), wanted, remove);
  }

  List<Change> changes() {
    return changes.last(50);
  }

  Change change(long id) {
    return changes
        .find(id)
        .orElseThrow(
            () -> new Problem(404, "That change is not kept any more: only the last 100 are."));
  }

  /**
   * What would undo a change.
   *
   * @throws Problem 409 if it can't be, with the reason
   */
  List<Wish> undoing(Change change) {
    if (change.undone()) {
      throw new Problem(409, "That change was undone already.");
    }
    if (change.differences().isEmpty()) {
      throw new Problem(
          409, "Passwords can't be taken back: the brokers tell nobody the old ones.");
    }
    var policy = policy(Duration.ZERO);
    var changed = change.differences().stream().filter(each -> !each.stillHolds(policy)).toList();
    if (!changed.isEmpty()) {
      throw new Problem(
          409,
          "It can't be undone, as something changed since then: %s. Change it by hand, or undo the later change first."
              .formatted(
                  String.join(
                      ", ", changed.stream().map(Difference::words).limit(NAMED).toList())));
    }
    return change.differences().stream().map(Difference::backward).toList();
  }

  void undone(Change change) {
    changes.undone(change.id());
  }

  private static Plan plan(Policy policy, Collection<? extends Wish> wishes) {
    Wishes.check(policy, wishes);
    return Plan.of(policy, wishes);
  }

  private static String mark(Plan plan) {
    var text = new StringBuilder().append(plan.before().changeIndex());
    for (var command : plan.commands()) {
      var shown = command.deepCopy();
      // A mark goes to and fro, and must tell nothing.
      shown.remove("password");
      text.append('\n').append(shown);
    }
    try {
      var digest =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Problem refused(Control.ControlException e) {
    return new Problem(503, "The broker does not tell its security: %s.".formatted(e.getMessage()));
  }
}
