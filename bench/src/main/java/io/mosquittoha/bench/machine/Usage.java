package io.mosquittoha.bench.machine;

/**
 * What processes used: seconds of processor time, and the most memory (resident, bytes) seen at one
 * time.
 */
public record Usage(double cpuSeconds, long residentBytes, int processes) {
  public static final Usage NONE = new Usage(0, 0, 0);
}
