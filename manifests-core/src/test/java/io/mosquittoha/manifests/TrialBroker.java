package io.mosquittoha.manifests;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What HAProxy sees of a broker: a door that answers each line with its own name, and what the
 * agent says.
 */
final class TrialBroker implements Closeable {

  private static final int DOOR = 1883;
  private static final int HEALTH = 7070;
  private static final int FROZEN = 0;

  private final String address;
  private final Map<String, Integer> answers = new ConcurrentHashMap<>();
  private final List<Closeable> open = new CopyOnWriteArrayList<>();

  TrialBroker(String address) throws IOException {
    this.address = address;
    answers.put("/leader", 503);
    answers.put("/readyz", 200);
    listen(HEALTH, this::health);
  }

  String address() {
    return address;
  }

  /** Opens the door. */
  TrialBroker serving() throws IOException {
    listen(DOOR, this::serve);
    return this;
  }

  /** A door that neither opens nor says so, as that of a node that is gone. */
  TrialBroker unreachable() throws IOException {
    var server = new ServerSocket(DOOR, 1, InetAddress.getByName(address));
    open.add(server);
    // Whatever comes after these has to wait for room in the queue, which there will never be.
    for (var i = 0; i < 4; i++) {
      var filler = new Socket();
      open.add(filler);
      try {
        filler.connect(new InetSocketAddress(address, DOOR), 100);
      } catch (IOException full) {
        break;
      }
    }
    return this;
  }

  TrialBroker leading() {
    answers.put("/leader", 200);
    return this;
  }

  void deposed() {
    answers.put("/leader", 503);
  }

  /** Serves, and is too busy to be asked whether it leads. */
  void busy() {
    answers.put("/leader", FROZEN);
  }

  /** Takes connections, and says nothing any more. */
  void frozen() {
    answers.put("/leader", FROZEN);
    answers.put("/readyz", FROZEN);
  }

  @Override
  public void close() throws IOException {
    for (var each : open) {
      each.close();
    }
  }

  private interface Conversation {
    void with(Socket socket) throws IOException;
  }

  private void listen(int port, Conversation conversation) throws IOException {
    var server = new ServerSocket(port, 100, InetAddress.getByName(address));
    open.add(server);
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              var socket = server.accept();
              Thread.ofVirtual().start(() -> talk(socket, conversation));
            } catch (IOException closed) {
              return;
            }
          }
        });
  }

  private void talk(Socket socket, Conversation conversation) {
    try (socket) {
      conversation.with(socket);
    } catch (IOException e) {
      // The other side is gone.
    }
  }

  private void health(Socket socket) throws IOException {
    var request = line(socket);
    while (!line(socket).isEmpty()) {
      // Headers.
    }
    var status = answers.getOrDefault(request.split(" ")[1], 404);
    if (status == FROZEN) {
      hold(socket);
      return;
    }
    var answer = "HTTP/1.1 " + status + " x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
  }

  private void serve(Socket socket) throws IOException {
    var header = socket.getInputStream().readNBytes(16); // PROXY protocol version 2
    socket.getInputStream().skipNBytes(((header[14] & 0xff) << 8) | (header[15] & 0xff));
    while (true) {
      var line = line(socket);
      if (answers.get("/readyz") == FROZEN) {
        hold(socket);
        return;
      }
      socket
          .getOutputStream()
          .write((line + " " + address + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }

  private void hold(Socket socket) {
    open.add(socket);
    try {
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      // Closed at the end.
    }
  }

  static String line(Socket socket) throws IOException {
    var line = new StringBuilder();
    for (var next = socket.getInputStream().read(); next != '\n'; ) {
      if (next < 0) {
        throw new Ended();
      }
      if (next != '\r') {
        line.append((char) next);
      }
      next = socket.getInputStream().read();
    }
    return line.toString();
  }

  /** The other side has ended the connection. */
  static final class Ended extends IOException {
    private static final long serialVersionUID = 1L;
  }
}
