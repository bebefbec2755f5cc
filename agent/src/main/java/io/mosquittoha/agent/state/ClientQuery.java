package io.mosquittoha.agent.state;

/**
 * Which clients somebody wants to see.
 *
 * @param search a part of the client id, the user's name or the address, in any case; "" for all
 * @param descending the other way round
 * @param offset how many to leave out at the beginning
 * @param limit how many at the most
 */
public record ClientQuery(
    String search, Presence presence, Order order, boolean descending, int offset, int limit) {

  /** Whether a client is there. */
  public enum Presence {
    ANY,
    CONNECTED,
    AWAY
  }

  /** What comes first; equal ones are ordered by client id. */
  public enum Order {
    /** Those that are connected, then the others, as they came. */
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
