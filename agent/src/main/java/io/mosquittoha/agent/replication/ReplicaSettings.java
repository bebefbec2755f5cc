package io.mosquittoha.agent.replication;

/**
 * How a replica behaves. Times are milliseconds.
 *
 * @param synchronous whether an entry is committed only when every member in sync has it
 * @param minInSync so many must be in sync for anything to be committed, the leader among them;
 *     meaningless if not synchronous
 * @param expected how many members there may be at the first start; a hint
 * @param heartbeat between two signs of life
 * @param lease how long a silent follower counts as present; shorter than takeover
 * @param takeover how long a silent leader is waited for
 * @param grace how long a leader whose connection ended is waited for
 * @param formation how long an empty member waits for others at the first start
 * @param logLimit bytes of applied entries that are kept for members that lag
 * @param lagLimit bytes that may be uncommitted before the broker has to wait
 */
public record ReplicaSettings(
    boolean synchronous,
    int minInSync,
    int expected,
    long heartbeat,
    long lease,
    long takeover,
    long grace,
    long formation,
    long logLimit,
    long lagLimit) {

  public ReplicaSettings {
    if (lease >= takeover) {
      throw new IllegalArgumentException(
          "lease.time (%d ms) must be shorter than takeover (%d ms): a leader has to stop before"
                  .formatted(lease, takeover)
              + " another one begins");
    }
    if (heartbeat * 2 > lease) {
      throw new IllegalArgumentException(
          "heartbeat (%d ms) must be at most half of lease.time (%d ms)"
              .formatted(heartbeat, lease));
    }
  }

  int required() {
    return synchronous ? minInSync : 1;
  }
}
