package io.mosquittoha.management.topics;

import io.mosquittoha.management.web.EventStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What one page has open. Guarded by its explorer. */
final class View {

  /** Messages that wait for the page; more are counted, and dropped. */
  static final int WAITING = 200;

  private static final int AT_ONCE = 20;

  final String id;
  final String person;
  final Set<String> open = new LinkedHashSet<>(Set.of(Tree.ROOT));
  final Map<Long, Long> seen = new HashMap<>();
  boolean system;
  Optional<String> watched = Optional.empty();
  Optional<EventStream> stream = Optional.empty();
  long left;
  long shape = -1;
  long changes = -1;
  String state = "";

  private final Deque<Heard> heard = new ArrayDeque<>();
  private long dropped;

  /** A message of the topic that is watched. */
  record Heard(String at, String text, int size, int qos, boolean retained) {}

  /** What is sent to the page: some messages, and how many it will not see. */
  record Batch(String topic, List<Heard> messages, long dropped) {}

  View(String id, String person, long nanos) {
    this.id = id;
    this.person = person;
    this.left = nanos;
  }

  void hear(Heard message) {
    if (heard.size() == WAITING) {
      heard.removeFirst();
      dropped++;
    }
    heard.addLast(message);
  }

  void watch(Optional<String> topic) {
    watched = topic;
    heard.clear();
    dropped = 0;
  }

  /** Takes some of what waits. */
  Optional<Batch> batch() {
    if (heard.isEmpty()) {
      return Optional.empty();
    }
    var some = new ArrayList<Heard>();
    while (!heard.isEmpty() && some.size() < AT_ONCE) {
      some.add(heard.removeFirst());
    }
    return Optional.of(new Batch(watched.orElse(""), some, dropped));
  }
}
