package io.mosquittoha.agent.replication;

import java.util.Optional;

/** What a replica tells the rest of the agent. Called in order, quickly to be returned from. */
public interface ReplicaListener {

  /**
   * Why a member leads.
   *
   * @param cause FORMED, FAILOVER, HANDOVER, RENEWED or STATE_LOST
   * @param detect milliseconds from the former leader's last sign of life to the decision to replace
   *     it; 0 if it asked for it
   * @param elect milliseconds from there to the new view
   * @param former the leader before
   */
  record Election(Cause cause, long detect, long elect, Optional<Member> former) {

    /** Why. */
    public enum Cause {
      FORMED,
      FAILOVER,
      HANDOVER,
      RENEWED,
      STATE_LOST
    }
  }

  /** This member leads an epoch; nothing may be served yet. */
  void elected(View view, Election election);

  /** Everything before this epoch is committed and applied: the broker can be restored and serve. */
  void established(long epoch);

  /** This member does not lead (any more). The broker must be stopped at once. */
  void following(Optional<Member> leader);

  /** The leader may serve clients, or must close them because it cannot commit. */
  void serving(boolean allowed);

  /** Entries up to here are committed and applied. */
  void committed(long index, long number);

  /** There is room for more uncommitted entries, after {@link Replica#append} said there was none. */
  void room();

  /** The view has changed. */
  void viewed(View view);

  /** The member that was to take over did not. */
  void handOverFailed(String why);

  /** This member's state is of no use to the cluster; it has to put it aside and begin as a stranger. */
  void mustBeginAfresh(String why);
}
