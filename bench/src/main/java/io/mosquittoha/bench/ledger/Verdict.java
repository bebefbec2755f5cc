package io.mosquittoha.bench.ledger;

import java.util.List;

/**
 * What the ledger found.
 *
 * @param received messages at subscribers, each counted once for each subscriber
 * @param lost acknowledged messages that a subscriber never received
 * @param duplicatesExactlyOnce QoS 2 messages that a subscriber's application received again
 * @param duplicatesAtLeastOnce QoS 1 messages that did; MQTT allows it
 * @param reordered messages whose first arrival was after that of a later one of the same publisher
 * @param sessionsPresent how often a client that came back found its session
 * @param sessionsLost how often it did not
 * @param breaches other things that MQTT forbids
 * @param refused messages that the broker said it will not have; they are not lost
 */
public record Verdict(
    long acknowledged,
    long received,
    long lost,
    long duplicatesExactlyOnce,
    long duplicatesAtLeastOnce,
    long reordered,
    long sessionsPresent,
    long sessionsLost,
    long breaches,
    long refused,
    List<String> examples) {
  /** Whether the broker kept its word. */
  public boolean clean() {
    return lost == 0
        && duplicatesExactlyOnce == 0
        && reordered == 0
        && sessionsLost == 0
        && breaches == 0;
  }
}
