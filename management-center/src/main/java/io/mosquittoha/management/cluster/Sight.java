package io.mosquittoha.management.cluster;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The cluster at one moment.
 *
 * @param reachable whether any agent (or, without agents, any broker) answers
 * @param summary how things stand, in one sentence
 * @param losses how many more members may be lost before service stops; -1 if unknown
 * @param issues what somebody should do something about, worst first
 * @param proxies the HAProxies, as far as they are found
 * @param load what the leader serves; empty while that is unknown
 */
public record Sight(
    Instant at,
    boolean reachable,
    boolean serving,
    String summary,
    Optional<String> leader,
    long epoch,
    String replication,
    String durability,
    int minInSync,
    int losses,
    List<Member> members,
    List<Issue> issues,
    List<Proxy> proxies,
    Optional<Load> load) {

  /** The same with another number of connected clients. */
  Sight withConnected(int connected) {
    return new Sight(
        at,
        reachable,
        serving,
        summary,
        leader,
        epoch,
        replication,
        durability,
        minInSync,
        losses,
        members,
        issues,
        proxies,
        load.map(it -> it.withConnected(connected)));
  }

  public Sight {
    members = List.copyOf(members);
    issues = List.copyOf(issues);
    proxies = List.copyOf(proxies);
  }

  /** What a member does. */
  public enum Role {
    LEADER,
    FOLLOWER,
    /** Is there and not in sync yet. */
    JOINING,
    /** Should be there and is not. */
    UNREACHABLE,
    /** Serves, beside others that do (autoscaling). */
    ACTIVE
  }

  /**
   * One broker with its agent.
   *
   * @param position the end of its log
   * @param lagBytes what it has not got yet
   * @param version its agent's
   * @param revision of the StatefulSet it was made from
   */
  public record Member(
      String name,
      Role role,
      boolean inSync,
      String address,
      OptionalLong position,
      OptionalLong lagBytes,
      String version,
      String revision) {}

  /** How bad an issue is. */
  public enum Severity {
    CRITICAL,
    WARNING,
    NOTE
  }

  /**
   * Something that somebody should do something about.
   *
   * @param what one sentence
   * @param fix what to do, one or two sentences
   * @param command what to type for a beginning, or ""
   */
  public record Issue(Severity severity, String what, String fix, String command) {}

  /**
   * A HAProxy, as its own statistics tell.
   *
   * @param address where it was asked
   * @param answers whether it did
   * @param leaders how many brokers it sends clients to; with one that leads, that should be 1
   * @param usable how many brokers it could let clients wait at, or use, if there were no leader
   * @param sessions connections of clients to brokers, now
   */
  public record Proxy(String address, boolean answers, int leaders, int usable, int sessions) {}

  /**
   * What is served.
   *
   * @param connected clients that are connected
   * @param sessions of them and of those that are away
   * @param held connections that wait for a leader
   * @param stateBytes what the replicated state takes
   * @param stateLimit when it takes more, new state is refused; 0 if unknown
   */
  public record Load(int connected, int sessions, int held, long stateBytes, long stateLimit) {

    private Load withConnected(int now) {
      return new Load(now, Math.max(now, sessions), held, stateBytes, stateLimit);
    }
  }
}
