package io.mosquittoha.management.cluster;

import java.time.Instant;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Something that happened to the cluster.
 *
 * @param time when, by the clock of the member that led then
 * @param kind formed, failover, handover, brokerRestarted, stateLost, joined, left or removed;
 *     others may come
 * @param member whom it is about
 * @param phases of a change of leader in milliseconds, by the agent's names: {@code detectMs},
 *     {@code electMs}, {@code commitMs}, {@code warmMs}, {@code restoreMs}; else empty
 * @param clientsBefore how many clients were connected before a change of leader, as far as it was
 *     seen from here
 * @param clientsBackMs from serving again until nine of ten of them were back; as seen from here,
 *     to some hundred milliseconds
 */
public record Occurrence(
    Instant time,
    long epoch,
    String kind,
    String member,
    String detail,
    Map<String, Long> phases,
    OptionalInt clientsBefore,
    OptionalLong clientsBackMs) {

  public Occurrence {
    phases = Map.copyOf(phases);
  }

  /** Whether clients had to connect again. */
  public boolean changesLeader() {
    return !phases.isEmpty();
  }

  /** How long clients were without service, in milliseconds; 0 if it changed no leader. */
  public long outageMs() {
    return phases.values().stream().mapToLong(Long::longValue).sum();
  }
}
