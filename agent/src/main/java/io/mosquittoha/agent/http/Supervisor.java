package io.mosquittoha.agent.http;

import io.mosquittoha.agent.Agent;
import io.mosquittoha.agent.Settings;
import io.mosquittoha.agent.gate.GateStatistics;
import io.mosquittoha.agent.peer.PeerInfo;
import io.mosquittoha.agent.peer.PeerNetwork;
import io.mosquittoha.agent.replication.Replica;
import io.mosquittoha.agent.state.BrokerState;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The agent, as far as it is spoken of here. */
interface Supervisor {

  Settings settings();

  /** How the replica stands; empty while the agent starts. */
  Optional<Replica.Sight> sight();

  BrokerState state();

  /** The state, hashed, at a place in the log. */
  StateHash stateHash();

  GateStatistics gate();

  Agent.Broker broker();

  long brokerPid();

  boolean serves();

  boolean ready();

  long refusedByRestore();

  /** The last event of the broker. */
  long emitted();

  /** The last event of the broker that is committed. */
  long committed();

  /** How long ago the agent's own thread was last seen at work. */
  Duration idle();

  /** The other members that can be sent to, by name. */
  Map<String, PeerInfo> peers();

  /** When the first of the certificates of the members' connections expires; empty without TLS. */
  Optional<Instant> certificatesUntil();

  /** What happened before, and from then on every further occurrence, each exactly once. */
  Following follow(Consumer<String> live);

  CompletableFuture<Void> moveLeader(Optional<String> target);

  boolean kick(String clientId);

  /**
   * A state.
   *
   * @param position the index of the last entry in it
   */
  record StateHash(long position, String hash) {}

  /**
   * Somebody who is told of occurrences.
   *
   * @param known the earlier ones
   * @param end has to be called to be told no more
   */
  record Following(List<String> known, Runnable end) {}

  /** As {@link BrokerState#hash()}, of a state that may have changed since. */
  static String hash(List<byte[]> records) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      records.forEach(digest::update);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** The real one. */
  static Supervisor of(Agent agent, Optional<PeerNetwork> network) {
    return new Supervisor() {
      @Override
      public Settings settings() {
        return agent.settings();
      }

      @Override
      public Optional<Replica.Sight> sight() {
        try {
          return Optional.of(agent.replica().sight());
        } catch (IllegalStateException e) {
          return Optional.empty();
        }
      }

      @Override
      public BrokerState state() {
        return agent.state();
      }

      @Override
      public StateHash stateHash() {
        var replica = agent.replica();
        long position;
        List<byte[]> records;
        synchronized (replica) { // So that nothing is applied between the two.
          position = replica.sight().committed();
          records = agent.state().records();
        }
        return new StateHash(position, hash(records)); // Not above: members would be kept waiting.
      }

      @Override
      public GateStatistics gate() {
        return agent.gate();
      }

      @Override
      public Agent.Broker broker() {
        return agent.broker();
      }

      @Override
      public long brokerPid() {
        return agent.brokerPid();
      }

      @Override
      public boolean serves() {
        return agent.serves();
      }

      @Override
      public boolean ready() {
        return agent.ready();
      }

      @Override
      public long refusedByRestore() {
        return agent.refusedByRestore();
      }

      @Override
      public long emitted() {
        return agent.emitted();
      }

      @Override
      public long committed() {
        return agent.committed();
      }

      @Override
      public Duration idle() {
        return agent.sinceChores();
      }

      @Override
      public Map<String, PeerInfo> peers() {
        return network.map(PeerNetwork::peers).orElse(Map.of());
      }

      @Override
      public Optional<Instant> certificatesUntil() {
        return network.flatMap(PeerNetwork::certificatesUntil);
      }

      @Override
      public Following follow(Consumer<String> live) {
        var state = agent.state();
        synchronized (state) { // Whoever tells of an occurrence holds this lock.
          return new Following(state.occurrences(), agent.onOccurrence(live));
        }
      }

      @Override
      public CompletableFuture<Void> moveLeader(Optional<String> target) {
        return agent.moveLeader(target);
      }

      @Override
      public boolean kick(String clientId) {
        return agent.kick(clientId);
      }
    };
  }
}
