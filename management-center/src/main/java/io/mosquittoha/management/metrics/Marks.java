package io.mosquittoha.management.metrics;

import java.time.Instant;
import java.util.List;

/** What happened to the cluster, to be marked in charts. */
@FunctionalInterface
public interface Marks {

  /** Changes of leader and the like, oldest first; at most a few hundred. */
  List<Mark> between(Instant from, Instant to);

  /**
   * One of them.
   *
   * @param kind {@code failover}, {@code handover}, {@code brokerRestarted} …
   * @param member whom it made the leader, or whom it happened to; or ""
   * @param detail a few words, or ""
   */
  record Mark(Instant at, String kind, String member, String detail) {}
}
