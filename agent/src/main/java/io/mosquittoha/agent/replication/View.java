package io.mosquittoha.agent.replication;

import java.util.List;

/**
 * Who leads and who is in sync. There is one, in the view store, and it is changed by
 * compare-and-swap alone.
 *
 * @param cluster the identity of the cluster's state, made when it is formed
 * @param epoch grows with each leader
 * @param revision grows with each change
 * @param leader the only member that may append in this epoch
 * @param inSync those who have every committed entry, the leader among them
 */
public record View(String cluster, long epoch, long revision, Member leader, List<Member> inSync) {

  public View {
    inSync = List.copyOf(inSync);
  }

  /** The same epoch with other members in sync. */
  View with(List<Member> members) {
    return new View(cluster, epoch, revision + 1, leader, members);
  }

  /** The next epoch. */
  View next(Member newLeader, List<Member> members) {
    return new View(cluster, epoch + 1, revision + 1, newLeader, members);
  }

  boolean isNewerThan(View other) {
    return epoch != other.epoch ? epoch > other.epoch : revision > other.revision;
  }
}
