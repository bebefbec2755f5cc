package io.mosquittoha.management.topics;

import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Payload;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;

/** One level of a topic, with what was heard of it. Guarded by its tree. */
final class Node {

  /** The time after which an old message counts a third, in seconds. */
  private static final double MEMORY = 5;

  final long id;
  final String topic;
  final String level;
  final TreeMap<String, Node> children = new TreeMap<>();

  /** Whether anything is known to be below. */
  boolean deeper;

  /** Whether more is below than was looked at. */
  boolean unfinished;

  /** The last message, without what is not kept of its payload. */
  Optional<Message> last = Optional.empty();

  Payload value = new Payload(new byte[0], 0);
  Instant at = Instant.EPOCH;
  boolean retained;
  long count;

  /** The tree's count of changes when this one changed last. */
  long changed;

  private double rate;
  private long rated;

  Node(long id, String topic, String level) {
    this.id = id;
    this.topic = topic;
    this.level = level;
  }

  void count(long nanos) {
    rate = rate(nanos) + 1 / MEMORY;
    rated = nanos;
    count++;
  }

  /** Messages per second, lately. */
  double rate(long nanos) {
    return rate == 0 ? 0 : rate * Math.exp((rated - nanos) / 1e9 / MEMORY);
  }

  /** What it takes, about. */
  int bytes() {
    return 200 + 2 * topic.length() + 2 * level.length() + value.start().length;
  }
}
