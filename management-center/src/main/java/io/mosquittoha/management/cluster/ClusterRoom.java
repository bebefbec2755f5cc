package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.web.Problem;
import io.mosquittoha.management.web.Role;
import io.mosquittoha.management.web.Room;
import io.mosquittoha.management.web.Routes;
import io.mosquittoha.management.web.Visit;
import java.util.Map;
import java.util.Optional;

/**
 * The page Cluster, which is the first that one sees, and what can be done to the cluster there.
 */
public final class ClusterRoom implements Room {

  private final Settings settings;
  private final Cluster cluster;
  private final Timeline timeline;

  public ClusterRoom(Settings settings, Cluster cluster, Timeline timeline) {
    this.settings = settings;
    this.cluster = cluster;
    this.timeline = timeline;
  }

  @Override
  public void open(Routes routes) {
    routes.page("/", Role.VIEWER, visit -> visit.render("cluster/home.jte", home()));
    routes.page(
        "/parts/cluster/home", Role.VIEWER, visit -> visit.render("cluster/sight.jte", home()));
    routes.page("/parts/cluster/move", Role.ADMIN, this::interrupts);
    routes.get(
        "/api/v1/cluster",
        Role.VIEWER,
        "Tell how the cluster stands: members, who leads, what should be done.",
        Sight.class,
        visit -> visit.json(cluster.sight()));
    routes.post(
        "/api/v1/leader",
        Role.ADMIN,
        "Let another member lead: the one that is named, or the best one.",
        Move.class,
        this::moveLeader);
  }

  private Map<String, ?> home() {
    return Map.of("home", Home.of(settings, cluster.sight(), timeline.lastChange()));
  }

  private void interrupts(Visit visit) {
    visit.render(
        "cluster/move.jte", Map.of("sight", cluster.counted(), "member", visit.query("member")));
  }

  /**
   * What is asked for.
   *
   * @param member who should lead; empty for the best one
   */
  record Move(Optional<String> member) {}

  private void moveLeader(Visit visit) {
    var member = visit.body(Move.class).member().filter(name -> !name.isBlank());
    var before = cluster.sight().leader().orElse("");
    try {
      var leader = cluster.moveLeader(member);
      visit.audit("leader.move", leader, Map.of("leader", before), Map.of("leader", leader));
      visit.done("%s leads now.".formatted(leader));
    } catch (Problem problem) {
      visit.audit(
          "leader.move",
          member.orElse(""),
          Map.of("leader", before),
          Map.of("refused", String.valueOf(problem.getMessage())));
      throw problem;
    }
  }
}
