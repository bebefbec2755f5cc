package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Member;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Members on one machine, which find each other by a table. */
final class Loopback implements AutoCloseable {

  static final String SERVICE = "members.test";

  final Map<String, InetSocketAddress> table = new ConcurrentHashMap<>();
  private final List<PeerNetwork> networks = new ArrayList<>();

  InetSocketAddress resolve(String name) throws UnknownHostException {
    var address = table.get(name);
    if (address == null) {
      throw new UnknownHostException(name);
    }
    return address;
  }

  /** A member that is in the table, but not started. */
  PeerNetwork member(int ordinal, String incarnation, Optional<Path> tls) {
    return member(ordinal, incarnation, tls, 64 << 20, this::resolve);
  }

  PeerNetwork member(
      int ordinal, String incarnation, Optional<Path> tls, long queueLimit, Resolver resolver) {
    var name = "m-" + ordinal;
    var network =
        new PeerNetwork(
            new PeerSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                SERVICE,
                3,
                tls,
                queueLimit),
            new Member(name, incarnation),
            "0.1.0-" + ordinal,
            "revision-" + ordinal,
            resolver);
    table.put(name, network.address());
    networks.add(network);
    return network;
  }

  Recorder start(PeerNetwork network) {
    var recorder = new Recorder();
    network.start(recorder);
    return recorder;
  }

  @Override
  public void close() {
    networks.forEach(PeerNetwork::close);
  }
}
