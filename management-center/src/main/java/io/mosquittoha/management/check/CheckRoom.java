package io.mosquittoha.management.check;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.check.Check.Target;
import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Login;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Reply;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** The connection check: each broker's own address, and the entrance that clients take. */
public final class CheckRoom implements Room {

  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final int MOST = 20;

  private final Settings settings;
  private final Cluster cluster;
  private final Account account;
  private final Semaphore running = new Semaphore(2);

  public CheckRoom(Settings settings, Cluster cluster, Account account) {
    this.settings = settings;
    this.cluster = cluster;
    this.account = account;
  }

  /**
   * As whom to check.
   *
   * @param username empty for this application's own account
   * @param topic empty for one of its own
   */
  record Wish(String username, String password, String topic) {

    @Override
    public String toString() {
      return "Wish[" + username + "]";
    }
  }

  @Override
  public void open(Routes routes) {
    routes.page(
        "/admin/check",
        Role.ADMIN,
        visit -> visit.render("check/page.jte", Map.of("account", account.name())));
    routes.post(
        "/api/v1/check",
        Role.ADMIN,
        "Check the connection to each broker and to the entrance, stage by stage.",
        Reply.of(Verdict[].class),
        this::check);
  }

  private void check(Visit visit) throws InterruptedException {
    var wish = visit.body(Wish.class);
    Login login =
        wish.username().isEmpty() ? account.login() : new Login(wish.username(), wish.password());
    if (!running.tryAcquire()) {
      throw new Problem(429, "Two checks run already. Wait for them.");
    }
    try {
      var verdicts = all(new Check(Optional.of(login), wish.topic(), PATIENCE));
      if (visit.context().header("HX-Request") == null) {
        visit.json(verdicts);
      } else {
        visit.render("check/verdicts.jte", Map.of("verdicts", verdicts));
      }
    } finally {
      running.release();
    }
  }

  private List<Verdict> all(Check check) throws InterruptedException {
    var targets = targets();
    var verdicts = new ArrayList<Verdict>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = new ArrayList<Future<Verdict>>();
      for (var target : targets) {
        all.add(threads.submit(() -> check.of(target)));
      }
      for (var one : all) {
        verdicts.add(one.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
    return verdicts;
  }

  /** Brokers that should be there, whether anybody knows of them or not; then the entrance. */
  private List<Target> targets() {
    var targets = new ArrayList<Target>();
    for (var member : settings.members()) {
      targets.add(new Target(member.name(), member.host(), member.mqttPort(), false));
    }
    if (targets.isEmpty()) {
      var count = Math.max(settings.brokers(), cluster.sight().members().size());
      for (var ordinal = 0; ordinal < Math.min(count, MOST); ordinal++) {
        var name = settings.statefulSet() + "-" + ordinal;
        var host = settings.service().isEmpty() ? name : name + "." + settings.service();
        targets.add(new Target(name, host, settings.mqttPort(), false));
      }
    }
    var entrance = settings.entrance();
    var colon = entrance.lastIndexOf(':');
    if (colon > 0 && entrance.substring(colon + 1).matches("[0-9]{1,5}")) {
      targets.add(
          new Target(
              "entrance",
              entrance.substring(0, colon),
              Integer.parseInt(entrance.substring(colon + 1)),
              settings.entranceTls()));
    }
    return targets;
  }
}
