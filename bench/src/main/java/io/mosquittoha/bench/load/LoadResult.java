package io.mosquittoha.bench.load;

import io.mosquittoha.bench.machine.Usage;

/**
 * What came of a load.
 *
 * @param published messages per second that were sent while it was measured
 * @param delivered messages per second that arrived at subscribers
 * @param undelivered messages that had not arrived when it was over
 * @param generatorBusy how much of its one core the generator used, 0 to 1: near 1 it is what
 *     limits
 * @param granted the lowest quality of service that a subscription was given
 * @param usage of the processes under test, together
 */
public record LoadResult(
    double seconds,
    double published,
    double delivered,
    Latency acknowledged,
    Latency arrived,
    long undelivered,
    double generatorBusy,
    int granted,
    Usage usage) {
  /** Microseconds of the brokers' processor time for each message that arrived. */
  public double cpuMicrosPerMessage() {
    return delivered == 0 ? 0 : usage.cpuSeconds() * 1e6 / (delivered * seconds);
  }
}
