package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.cluster.Sight.Role;
import io.mosquittoha.management.web.Figures;
import java.util.ArrayList;
import java.util.List;

/**
 * Where everything stands in the drawing: clients above, HAProxies, the leader, the others in rows
 * beneath. It is as narrow as a telephone, so that it never has to be another one there.
 *
 * @param height of the drawing, whose width is {@link #WIDTH}
 */
public record ClusterMap(int height, List<Node> nodes, List<Edge> edges) {

  public static final int WIDTH = 360;

  private static final int CENTER = WIDTH / 2;
  private static final int GAP = 54;
  private static final int LOW = 30;
  private static final int HIGH = 54;

  public ClusterMap {
    nodes = List.copyOf(nodes);
    edges = List.copyOf(edges);
  }

  /**
   * A box.
   *
   * @param kind clients, proxy, leader, or what a member is: ok, warn, bad, idle
   * @param title its whole name
   * @param name what of it fits
   * @param state in a word or two
   * @param crowned whether it leads
   */
  public record Node(
      int x,
      int y,
      int width,
      int height,
      String kind,
      String title,
      String name,
      String state,
      boolean crowned) {

    public int middle() {
      return x + width / 2;
    }

    public int bottom() {
      return y + height;
    }
  }

  /**
   * A line.
   *
   * @param path what SVG's {@code d} takes
   * @param kind ok, warn, bad or idle
   * @param label what goes along it, or how far behind it ends; or ""
   * @param x where the label's middle is
   */
  public record Edge(String path, String kind, String label, int x, int y) {}

  static ClusterMap of(Settings settings, Sight sight) {
    var nodes = new ArrayList<Node>();
    var edges = new ArrayList<Edge>();
    var clients =
        node(
            CENTER,
            2,
            132,
            LOW,
            "clients",
            "Clients",
            sight
                .load()
                .map(load ->
                    load.connected() == 1 ? "1 client" : count(load.connected()) + " clients")
                .orElse("Clients"),
            "",
            false);
    nodes.add(clients);
    var entrances = proxies(settings, sight, clients, nodes, edges);
    var top = bottom(nodes) + GAP;
    if (settings.variant() == Variant.AUTOSCALING) {
      many(sight.members(), entrances, top, nodes, edges);
    } else {
      led(sight, entrances, top, nodes, edges);
    }
    return new ClusterMap(bottom(nodes) + 2, nodes, edges);
  }

  private static int bottom(List<Node> nodes) {
    return nodes.stream().mapToInt(Node::bottom).max().orElse(0);
  }

  /** Draws the HAProxies; what clients' connections come from is returned. */
  private static List<Node> proxies(
      Settings settings, Sight sight, Node clients, List<Node> nodes, List<Edge> edges) {
    if (settings.proxies().isEmpty()) {
      return List.of(clients);
    }
    var found = new ArrayList<Node>();
    var most = 3;
    var shown = sight.proxies().size() > most ? most - 1 : sight.proxies().size();
    var boxes = Math.max(1, Math.min(most, sight.proxies().size()));
    var y = clients.bottom() + 26;
    for (var i = 0; i < boxes; i++) {
      var x = WIDTH * (2 * i + 1) / (2 * boxes);
      if (i < shown) {
        var proxy = sight.proxies().get(i);
        var good = proxy.answers() && proxy.leaders() > 0;
        found.add(
            node(
                x,
                y,
                boxes == 1 ? 150 : 112,
                42,
                good ? "proxy" : "bad",
                "HAProxy " + proxy.address(),
                "HAProxy",
                !proxy.answers()
                    ? "no answer"
                    : proxy.leaders() == 0
                        ? "sees no "
                            + (settings.variant() == Variant.AUTOSCALING ? "broker" : "leader")
                        : proxy.sessions() == 1
                            ? "1 connection"
                            : count(proxy.sessions()) + (boxes == 1 ? " connections" : " conn."),
                false));
      } else {
        found.add(
            node(
                x,
                y,
                112,
                42,
                sight.proxies().isEmpty() ? "bad" : "proxy",
                "HAProxy",
                "HAProxy",
                sight.proxies().isEmpty()
                    ? "none found"
                    : "%d more".formatted(sight.proxies().size() - shown),
                false));
      }
    }
    found.forEach(proxy -> edges.add(edge(clients, proxy, "idle", "")));
    nodes.addAll(found);
    return found;
  }

  private static void led(
      Sight sight, List<Node> entrances, int top, List<Node> nodes, List<Edge> edges) {
    var leader =
        sight
            .leader()
            .flatMap(name ->
                sight.members().stream().filter(member -> member.name().equals(name)).findFirst());
    var serves = sight.serving() && sight.losses() >= 0;
    var place =
        leader
            .map(it ->
                node(
                    CENTER,
                    top,
                    168,
                    HIGH + 4,
                    it.role() == Role.UNREACHABLE ? "bad" : serves ? "leader" : "warn",
                    it.name(),
                    fitting(it.name(), 19),
                    it.role() == Role.UNREACHABLE
                        ? "does not answer"
                        : serves
                            ? sight.members().size() == 1 ? "serves" : "leads and serves"
                            : "leads, does not serve",
                    true))
            .orElseGet(() ->
                node(
                    CENTER,
                    top,
                    168,
                    HIGH + 4,
                    "none",
                    "Nobody leads",
                    sight.reachable() ? "Nobody leads" : "Unknown",
                    sight.reachable() ? "clients wait" : "no agent answers",
                    false));
    nodes.add(place);
    for (var entrance : entrances) {
      var kind = serves && !entrance.kind().equals("bad") ? "ok" : "bad";
      edges.add(edge(entrance, place, kind, ""));
    }
    var others =
        sight.members().stream()
            .filter(member -> leader.isEmpty() || !leader.get().equals(member))
            .toList();
    rows(others, List.of(place), place.bottom() + GAP, leader.isPresent(), nodes, edges);
  }

  private static void many(
      List<Sight.Member> members,
      List<Node> entrances,
      int top,
      List<Node> nodes,
      List<Edge> edges) {
    rows(members, entrances, top, true, nodes, edges);
  }

  /**
   * Up to three in a row hang on lines of their own; more are two, or four, in a row, so that the
   * line to the rows beneath has its way between those in the middle.
   */
  private static void rows(
      List<Sight.Member> members,
      List<Node> from,
      int top,
      boolean led,
      List<Node> nodes,
      List<Edge> edges) {
    var columns = members.size() <= 3 ? Math.max(1, members.size()) : 4;
    var width = columns == 4 ? 80 : 108;
    for (var i = 0; i < members.size(); i++) {
      var member = members.get(i);
      var row = i / columns;
      var x = WIDTH * (2 * (i % columns) + 1) / (2 * columns);
      var y = top + row * (HIGH + GAP);
      var kind = kind(member);
      var node =
          node(
              x,
              y,
              width,
              HIGH,
              kind,
              member.name(),
              fitting(member.name(), columns == 4 ? 9 : 13),
              state(member),
              false);
      nodes.add(node);
      var bus = y - GAP / 2 - 8;
      for (var start : from) {
        edges.add(
            new Edge(
                columns < 4
                    ? curve(start.middle(), start.bottom(), x, y)
                    : "M%d %d V%d H%d V%d".formatted(start.middle(), start.bottom(), bus, x, y),
                led ? kind : "idle",
                lag(member),
                x,
                y - 16));
      }
    }
  }

  private static String kind(Sight.Member member) {
    return switch (member.role()) {
      case LEADER, ACTIVE -> "ok";
      case FOLLOWER -> member.inSync() ? "ok" : "warn";
      case JOINING -> "warn";
      case UNREACHABLE -> "bad";
    };
  }

  private static String state(Sight.Member member) {
    return switch (member.role()) {
      case LEADER -> "leads";
      case ACTIVE -> "serves";
      case FOLLOWER -> member.inSync() ? "in sync" : "not in sync";
      case JOINING -> "joining";
      case UNREACHABLE -> "no answer";
    };
  }

  private static String lag(Sight.Member member) {
    if (member.role() == Role.UNREACHABLE || member.lagBytes().isEmpty()) {
      return "";
    }
    return member.lagBytes().getAsLong() == 0
        ? "no lag"
        : Figures.bytes(member.lagBytes().getAsLong());
  }

  private static Node node(
      int middle,
      int y,
      int width,
      int height,
      String kind,
      String title,
      String name,
      String state,
      boolean crowned) {
    return new Node(middle - width / 2, y, width, height, kind, title, name, state, crowned);
  }

  private static Edge edge(Node from, Node to, String kind, String label) {
    return new Edge(
        curve(from.middle(), from.bottom(), to.middle(), to.y()),
        kind,
        label,
        (from.middle() + to.middle()) / 2,
        (from.bottom() + to.y()) / 2);
  }

  private static String curve(int x, int y, int toX, int toY) {
    var half = (toY - y) / 2;
    return "M%d %d C%d %d %d %d %d %d".formatted(x, y, x, y + half, toX, toY - half, toX, toY);
  }

  private static String count(long number) {
    return Figures.count(number);
  }

  /** The end of a name says which one it is. */
  static String fitting(String name, int most) {
    return name.length() <= most ? name : "…" + name.substring(name.length() - most + 1);
  }
}
