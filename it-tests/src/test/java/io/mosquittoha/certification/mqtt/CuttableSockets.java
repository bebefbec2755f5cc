package io.mosquittoha.certification.mqtt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.SocketFactory;

/**
 * Remembers the sockets it makes, since Paho has no way to drop a connection without a DISCONNECT.
 */
final class CuttableSockets extends SocketFactory {

  private final List<Socket> made = new CopyOnWriteArrayList<>();

  void cut() {
    for (var socket : made) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public Socket createSocket() {
    var socket = new Socket();
    made.add(socket);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return remember(new Socket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort)
      throws IOException {
    return remember(new Socket(host, port, local, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return remember(new Socket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
      throws IOException {
    return remember(new Socket(host, port, local, localPort));
  }

  private Socket remember(Socket socket) {
    made.add(socket);
    return socket;
  }
}
