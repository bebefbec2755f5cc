package io.mosquittoha.bench.ledger;

import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Target;
import java.time.Duration;
import java.util.List;

/**
 * What is published while brokers are killed, and how clients come back.
 *
 * @param qos of the publishers: one entry is one publisher
 * @param subscribers online all the time but for failures
 * @param sleepers subscribers that are away during all failures and collect at the end
 * @param rate messages per second of each publisher
 * @param window messages of a publisher that may be unacknowledged
 * @param retry between the beginnings of two attempts to connect
 * @param patience for CONNACK
 * @param silence without an acknowledgement, after which a client gives a connection up; zero:
 *     never
 * @param settle quiet time before each failure
 * @param giveUp when clients are not back within this time the run ends
 * @param drain time for what is still on its way when all is over
 */
public record Plan(
    List<Target> targets,
    List<Integer> qos,
    int subscribers,
    int sleepers,
    double rate,
    int window,
    int payload,
    int rounds,
    Duration retry,
    Duration patience,
    Duration silence,
    Duration settle,
    Duration giveUp,
    Duration drain,
    int version,
    Identity.Credentials credentials) {
  public Plan {
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("no broker was named");
    }
    if (qos.isEmpty() || qos.stream().anyMatch(level -> level < 1 || level > 2)) {
      throw new IllegalArgumentException(
          "publishers have QoS 1 or 2: nothing else is acknowledged");
    }
    if (subscribers < 1 || payload < 8 || window < 1 || rate <= 0 || rounds < 0) {
      throw new IllegalArgumentException(
          "a ledger needs a subscriber, payloads of 8 bytes at least, a window and a rate");
    }
    targets = List.copyOf(targets);
    qos = List.copyOf(qos);
  }
}
