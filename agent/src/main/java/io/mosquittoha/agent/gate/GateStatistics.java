package io.mosquittoha.agent.gate;

import java.util.List;

/**
 * What the gate has done, and has in hand.
 *
 * @param served connections that are open to the broker of this pod
 * @param relayed connections that are open to the leader's agent
 * @param connecting attempts on the way to one of these
 * @param held attempts that wait for somebody to lead
 * @param accepted connections ever accepted
 * @param refused connections ever closed because there was no place, or the route said so
 * @param expired attempts ever closed because nobody led in time, or because the client went while it was held
 * @param connectFailures how often a broker or a leader could not be reached
 * @param heldBytes bytes that were read and cannot be sent yet
 * @param bufferBytes the memory that these take
 * @param discardedBytes bytes ever thrown away because their connection ended, or the broker of
 *     this pod led no more
 * @param bytesToBroker bytes ever sent towards brokers
 * @param bytesToClients bytes ever sent to clients
 * @param readsAtOnce reads from the broker whose bytes left at once: all before them was committed
 * @param holdTimes how long the bytes of the other reads were held for a commit
 * @param holdMicros the sum of these times
 */
public record GateStatistics(
    long served,
    long relayed,
    long connecting,
    long held,
    long accepted,
    long refused,
    long expired,
    long connectFailures,
    long heldBytes,
    long bufferBytes,
    long discardedBytes,
    long bytesToBroker,
    long bytesToClients,
    long readsAtOnce,
    List<Bucket> holdTimes,
    long holdMicros) {

  /**
   * Part of a histogram.
   *
   * @param upToMicros the longest time it counts; {@link Long#MAX_VALUE} in the last
   * @param count how many were no longer than that, and longer than the bucket before allows
   */
  public record Bucket(long upToMicros, long count) {}

  public GateStatistics {
    holdTimes = List.copyOf(holdTimes);
  }
}
