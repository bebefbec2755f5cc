package io.mosquittoha.management.talk;

import java.util.List;

/**
 * A conversation as a page shows it.
 *
 * @param entries the newest first
 * @param dropped older ones that are not there any more
 */
public record Talk(
    String id,
    boolean connected,
    String account,
    String clientId,
    List<Filter> filters,
    List<Entry> entries,
    long dropped) {

  /** A subscription, with the QoS that was granted. */
  public record Filter(String filter, int qos) {}
}
