package io.mosquittoha.management.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Takes MQTT connections and answers pings; nothing else. */
final class StubBroker implements AutoCloseable {

  private final int port;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private volatile ServerSocket server;
  private volatile boolean hangs;

  StubBroker() {
    server = listen(0);
    port = server.getLocalPort();
  }

  int port() {
    return port;
  }

  /** Answers nothing any more, and closes nothing. */
  void hang() {
    hangs = true;
  }

  void kill() {
    close();
  }

  void start() {
    hangs = false;
    server = listen(port);
  }

  private ServerSocket listen(int at) {
    try {
      var socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), at));
      Thread.ofVirtual().start(() -> accept(socket));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(ServerSocket from) {
    try {
      while (true) {
        var connection = from.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // Killed.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var in = connection.getInputStream();
      for (int type = in.read(); type >= 0; type = in.read()) {
        in.readNBytes(in.read()); // All packets here are shorter than 128 bytes.
        if (!hangs) {
          switch (type >> 4) {
            case 1 -> connection.getOutputStream().write(new byte[] {0x20, 2, 0, 0});
            case 12 -> connection.getOutputStream().write(new byte[] {(byte) 0xd0, 0});
            default -> {}
          }
        }
      }
    } catch (IOException e) {
      // Gone.
    } finally {
      connections.remove(connection);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (var connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
