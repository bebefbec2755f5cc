package io.mosquittoha.bench.ledger;

/**
 * One client's way through one failure, in milliseconds from the kill; -1 where it did not happen.
 *
 * @param lost when it knew that its connection was gone
 * @param back when it was connected again
 * @param served when its first message was acknowledged (a publisher) or reached it (a subscriber)
 *     over the new connection
 * @param gap the longest time without an acknowledgement, of a publisher
 */
public record Round(
    int number,
    String client,
    boolean publisher,
    double lost,
    double back,
    double served,
    double gap,
    String why) {
  /** Whether the failure cost this client its connection. */
  public boolean interrupted() {
    return lost >= 0;
  }
}
