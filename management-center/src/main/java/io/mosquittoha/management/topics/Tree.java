package io.mosquittoha.management.topics;

import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Message.Properties;
import io.mosquittoha.management.mqtt.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The topics that were heard of. Nodes are made only below those that somebody has open; what lies
 * deeper leaves no trace but the mark that there is something. Bounded in nodes and in bytes. Not
 * thread-safe.
 */
final class Tree {

  /** The parent of all: no topic has this name, for a level of its own would be "". */
  static final String ROOT = "\u0000";

  static final String SYSTEM = "$SYS";

  /** The QoS of what was retained: looks for it bring all with QoS 0, so that none is queued. */
  static final int UNKNOWN = -1;

  private final int mostNodes;
  private final long mostBytes;
  private final int mostValue;
  private final Map<String, Node> nodes = new HashMap<>();
  private final Node root = new Node(0, ROOT, "");
  private final Unknown unknown = new Unknown();
  private long bytes;
  private long ids;
  private long changes;
  private long shape;

  /**
   * @param mostValue bytes of a payload that are kept
   */
  Tree(int mostNodes, long mostBytes, int mostValue) {
    this.mostNodes = mostNodes;
    this.mostBytes = mostBytes;
    this.mostValue = mostValue;
  }

  /**
   * Takes a message.
   *
   * @param open whether the children of a topic are of interest to anybody
   * @param replayed whether it was kept by the broker, and is not a new one
   */
  void heard(Message message, Predicate<String> open, boolean replayed, long nanos, Instant now) {
    var topic = message.topic();
    var parent = root;
    for (var from = 0; ; ) {
      var slash = topic.indexOf('/', from);
      var path = slash < 0 ? topic : topic.substring(0, slash);
      if (!open.test(parent.topic)) {
        if (!parent.deeper) {
          parent.deeper = true;
          parent.changed = ++changes;
          shape++;
        }
        return;
      }
      var found =
          node(parent, path, slash < 0 ? topic.substring(from) : topic.substring(from, slash));
      if (found.isEmpty()) {
        return;
      }
      if (slash < 0) {
        value(found.get(), message, replayed, nanos, now);
        return;
      }
      parent = found.get();
      if (!parent.deeper) {
        parent.deeper = true;
        shape++;
      }
      from = slash + 1;
    }
  }

  /** Makes the nodes that lead to a topic, if there is room; they are open already. */
  void lead(String topic) {
    var parent = root;
    for (var from = 0; ; ) {
      var slash = topic.indexOf('/', from);
      var path = slash < 0 ? topic : topic.substring(0, slash);
      var found =
          node(parent, path, slash < 0 ? topic.substring(from) : topic.substring(from, slash));
      if (found.isEmpty() || slash < 0) {
        return;
      }
      parent = found.get();
      parent.deeper = true;
      from = slash + 1;
    }
  }

  private Optional<Node> node(Node parent, String topic, String level) {
    var known = nodes.get(topic);
    if (known != null) {
      return Optional.of(known);
    }
    var made = new Node(++ids, topic, level);
    if (nodes.size() >= mostNodes || bytes + made.bytes() > mostBytes) {
      unknown.add(topic);
      return Optional.empty();
    }
    nodes.put(topic, made);
    parent.children.put(level, made);
    bytes += made.bytes();
    made.changed = ++changes;
    shape++;
    return Optional.of(made);
  }

  private void value(Node node, Message message, boolean replayed, long nanos, Instant now) {
    // What is kept by the broker is older than what was heard since.
    if (!replayed || node.last.isEmpty()) {
      bytes -= node.value.start().length;
      var payload = Payload.of(message.payload(), mostValue);
      if (bytes + payload.start().length > mostBytes) {
        payload = new Payload(new byte[0], payload.size());
      }
      bytes += payload.start().length;
      node.value = payload;
      node.at = now;
      node.last =
          Optional.of(
              new Message(
                  message.topic(),
                  payload.start(),
                  replayed ? UNKNOWN : message.qos(),
                  message.retain(),
                  small(message.properties()) ? message.properties() : Properties.NONE));
    }
    if (message.retain()) {
      node.retained = message.payload().length > 0;
    }
    if (!replayed) {
      node.count(nanos);
    }
    node.changed = ++changes;
  }

  /** Whether properties may be kept beside the payload; what nobody would read is not. */
  private static boolean small(Properties properties) {
    var characters = properties.contentType().length() + properties.responseTopic().length();
    for (var one : properties.user()) {
      characters += 40 + one.name().length() + one.value().length();
    }
    return characters + properties.correlation().map(bytes -> bytes.length).orElse(0) < 4_096;
  }

  /** Says that not all below it was looked at. */
  void unfinished(String topic, boolean unfinished) {
    var node = topic.equals(ROOT) ? root : nodes.get(topic);
    if (node != null && node.unfinished != unfinished) {
      node.unfinished = unfinished;
      shape++;
    }
  }

  /** Forgets what is below nodes that nobody has open any more. */
  void prune(Predicate<String> open) {
    prune(root, open);
    if (nodes.size() < mostNodes) {
      unknown.clear();
    }
  }

  private void prune(Node node, Predicate<String> open) {
    if (!open.test(node.topic)) {
      node.children.values().forEach(this::remove);
      if (!node.children.isEmpty()) {
        node.children.clear();
        shape++;
      }
      node.unfinished = false;
      return;
    }
    node.children.values().forEach(child -> prune(child, open));
  }

  private void remove(Node node) {
    node.children.values().forEach(this::remove);
    nodes.remove(node.topic);
    bytes -= node.bytes();
  }

  Optional<Node> find(String topic) {
    return Optional.ofNullable(nodes.get(topic));
  }

  /** Grows whenever a line appears or goes. */
  long shape() {
    return shape;
  }

  long changes() {
    return changes;
  }

  int size() {
    return nodes.size();
  }

  long bytes() {
    return bytes;
  }

  /** How many topics there was no room for, about. */
  long unknown() {
    return unknown.count();
  }

  /**
   * The lines that somebody sees.
   *
   * @param open what they have open
   * @param search only topics that contain it, and what leads to them; "" for all
   * @param mostOfOne lines below one node
   * @param most lines in all
   */
  List<Row> rows(
      Set<String> open, boolean system, String search, int mostOfOne, int most, long nanos) {
    var rows = new ArrayList<Row>();
    rows(root, 0, open, system, search.toLowerCase(Locale.ROOT), mostOfOne, most, nanos, rows);
    return rows;
  }

  private void rows(
      Node parent,
      int depth,
      Set<String> open,
      boolean system,
      String search,
      int mostOfOne,
      int most,
      long nanos,
      List<Row> rows) {
    var shown = 0;
    var hidden = 0;
    for (var node : parent.children.values()) {
      if (depth == 0 && node.level.startsWith("$") && !system
          || !search.isEmpty() && !matches(node, search, open)) {
        continue;
      }
      if (shown == mostOfOne || rows.size() >= most) {
        hidden++;
        continue;
      }
      shown++;
      var isOpen = open.contains(node.topic);
      rows.add(row(node, depth, isOpen, nanos));
      if (isOpen) {
        rows(node, depth + 1, open, system, search, mostOfOne, most, nanos, rows);
      }
    }
    if (hidden > 0 || parent.unfinished) {
      rows.add(
          new Row(
              0,
              parent.topic,
              "",
              depth,
              false,
              false,
              "",
              false,
              false,
              0,
              0,
              0,
              0,
              "",
              hidden,
              parent.unfinished));
    }
  }

  private static boolean matches(Node node, String search, Set<String> open) {
    return node.topic.toLowerCase(Locale.ROOT).contains(search)
        || open.contains(node.topic)
            && node.children.values().stream().anyMatch(child -> matches(child, search, open));
  }

  private static Row row(Node node, int depth, boolean open, long nanos) {
    return new Row(
        node.id,
        node.topic,
        node.level.isEmpty() ? "(empty)" : Payload.visible(node.level),
        depth,
        node.deeper,
        open,
        node.value.start().length == 0 && node.value.size() > 0
            ? "(no room to keep it)"
            : node.value.preview(),
        node.last.isPresent(),
        node.retained,
        node.last.map(Message::qos).orElse(0),
        node.value.size(),
        node.rate(nanos),
        node.count,
        node.last.isPresent() ? node.at.toString() : "",
        0,
        false);
  }

  /**
   * Those of the lines that changed since somebody saw them.
   *
   * @param seen each node's count of changes when it was seen; brought up to date
   */
  List<Row> changed(List<Row> rows, Map<Long, Long> seen, int most, long nanos) {
    var found = new ArrayList<Row>();
    for (var row : rows) {
      var node = row.id() == 0 ? null : nodes.get(row.topic());
      if (node != null && node.changed > seen.getOrDefault(node.id, 0L)) {
        seen.put(node.id, node.changed);
        found.add(row(node, row.depth(), row.open(), nanos));
        if (found.size() == most) {
          break;
        }
      }
    }
    return found;
  }
}
