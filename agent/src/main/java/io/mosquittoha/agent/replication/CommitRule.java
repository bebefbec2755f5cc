package io.mosquittoha.agent.replication;

import java.util.Set;
import java.util.function.ToLongFunction;

/** Which entries are committed. There is one right rule; tests show that wrong ones are found out. */
@FunctionalInterface
interface CommitRule {

  /**
   * The index up to which everything is committed.
   *
   * @param own index up to which the leader's own log is safe
   * @param others every other member that is in sync, or may be by now
   * @param acknowledged index up to which a member's log is safe
   */
  long committed(long own, Set<Member> others, ToLongFunction<Member> acknowledged);

  /** What every member in sync has. */
  CommitRule EVERY_MEMBER_IN_SYNC =
      (own, others, acknowledged) ->
          others.stream().mapToLong(acknowledged).reduce(own, Math::min);
}
