package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Member;

/**
 * What both sides of a connection say first.
 *
 * @param oldest version of the protocol that the sender understands
 * @param newest version of the protocol that the sender understands
 * @param started when the sender's process began; tells processes of one incarnation apart
 * @param port where the sender is reached
 * @param version of its software
 * @param revision of its pod
 */
record Hello(
    int oldest,
    int newest,
    Member member,
    long started,
    int port,
    String version,
    String revision) {

  static final int PROTOCOL = 1;

  boolean understands(Hello other) {
    return Math.min(newest, other.newest) >= Math.max(oldest, other.oldest);
  }

  boolean isSameProcessAs(Hello other) {
    return member.equals(other.member) && started == other.started;
  }

  boolean isEarlierThan(Hello other) {
    var order = member.incarnation().compareTo(other.member.incarnation());
    return order != 0 ? order < 0 : started < other.started;
  }
}
