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
    List<Issue> issues) {

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
   */
  public record Issue(Severity severity, String what, String fix) {}
}
