package io.mosquittoha.management.stub;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes connections of MQTT 5 and remembers who came; answers nothing else. */
public final class StubBroker implements AutoCloseable {

  /** Who came. */
  public record Came(String clientId, boolean cleanStart) {}

  /** What happens when somebody comes, before the answer. */
  @FunctionalInterface
  public interface Arrival {
    void came(Came came);
  }

  private final ServerSocket server;
  private final Arrival arrival;
  public final List<Came> came = new CopyOnWriteArrayList<>();
  public volatile int reason;

  public StubBroker(Arrival arrival) {
    this.arrival = arrival;
    try {
      server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        var in = new DataInputStream(socket.getInputStream())) {
      in.readUnsignedByte();
      length(in);
      in.skipNBytes(in.readUnsignedShort() + 1L); // protocol name and level
      var flags = in.readUnsignedByte();
      in.readUnsignedShort(); // keep-alive
      in.skipNBytes(length(in)); // properties
      var id = new String(in.readNBytes(in.readUnsignedShort()), StandardCharsets.UTF_8);
      var one = new Came(id, (flags & 2) != 0);
      came.add(one);
      arrival.came(one);
      socket.getOutputStream().write(new byte[] {0x20, 3, 0, (byte) reason, 0});
      while (in.read() >= 0) {
        // Whatever it says until it leaves.
      }
    } catch (IOException e) {
      // It left.
    }
  }

  private static int length(DataInputStream in) throws IOException {
    int length = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      var next = in.readUnsignedByte();
      length |= (next & 0x7F) << shift;
      if ((next & 0x80) == 0) {
        break;
      }
    }
    return length;
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
