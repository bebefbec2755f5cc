package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Member;
import io.mosquittoha.agent.replication.Message;
import io.mosquittoha.agent.replication.Replica;

/** Who is told what comes from the other members. What is said about one member comes in order. */
public interface PeerListener {

  /** Another member can be sent messages now. */
  void connected(Member member);

  /** The connections with a member have ended. */
  void disconnected(Member member);

  /** A member says something. */
  void receive(Member from, Message message);

  /** Tells a replica. */
  static PeerListener of(Replica replica) {
    return new PeerListener() {
      @Override
      public void connected(Member member) {
        replica.connected(member);
      }

      @Override
      public void disconnected(Member member) {
        replica.disconnected(member);
      }

      @Override
      public void receive(Member from, Message message) {
        replica.receive(from, message);
      }
    };
  }
}
