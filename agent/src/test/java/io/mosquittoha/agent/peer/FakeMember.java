package io.mosquittoha.agent.peer;

import io.mosquittoha.agent.replication.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A member whose connections a test can hold in its hands. Without TLS. */
final class FakeMember implements AutoCloseable {

  final ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  private final Member member;
  private final List<Connection> connections = new ArrayList<>();

  FakeMember(Member member) throws IOException {
    this.member = member;
    server.setSoTimeout(10_000);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  Hello hello(long started) {
    return new Hello(
        Hello.PROTOCOL, Hello.PROTOCOL, member, started, server.getLocalPort(), "fake", "r");
  }

  /** Waits for the other side's connection. */
  Connection accept(long started) throws IOException {
    return answer(server.accept(), started);
  }

  Connection answer(Socket dialled, long started) throws IOException {
    return remember(Connection.accepted(dialled, null, hello(started), other -> {}));
  }

  /** Makes this side's connection. */
  Connection dial(PeerNetwork network, long started) throws IOException {
    return dial(network, hello(started));
  }

  Connection dial(PeerNetwork network, Hello hello) throws IOException {
    var socket = new Socket();
    socket.connect(network.address(), 5_000);
    socket.setSoTimeout(10_000);
    return remember(Connection.dialled(socket, null, hello));
  }

  /** Says until its end that it is there. */
  static void keepAlive(Connection connection) {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            while (true) {
              connection.out.ping();
              connection.out.flush();
              Thread.sleep(200);
            }
          } catch (IOException e) {
            // It has ended.
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private Connection remember(Connection connection) throws IOException {
    connection.giveUpAfter(10_000);
    connections.add(connection);
    return connection;
  }

  /** What ends a connection that nothing but signs of life comes on; null if a message comes. */
  static @Nullable IOException end(Connection connection) {
    try {
      connection.in.read();
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  @Override
  public void close() throws IOException {
    connections.forEach(Connection::close);
    server.close();
  }
}
