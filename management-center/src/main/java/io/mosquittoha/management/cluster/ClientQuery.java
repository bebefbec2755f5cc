package io.mosquittoha.management.cluster;

/**
 * Which clients somebody wants to see; the leader's agent searches, sorts and counts.
 *
 * @param search a part of the id, the user's name or the address, in any case; "" for all
 * @param offset how many to leave out at the beginning
 * @param limit how many at the most, up to 10,000
 */
public record ClientQuery(
    String search, Presence presence, Order order, boolean descending, int offset, int limit) {

  /** Whether a client is there. */
  public enum Presence {
    ANY,
    CONNECTED,
    AWAY
  }

  /** What comes first; the agents' {@code sort} has these names in lower case. */
  public enum Order {
    ARRIVAL,
    ID,
    USERNAME,
    ADDRESS,
    CONNECTED,
    PROTOCOL,
    SINCE,
    SUBSCRIPTIONS,
    QUEUED
  }
}
