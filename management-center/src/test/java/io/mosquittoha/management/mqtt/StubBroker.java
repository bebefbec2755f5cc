package io.mosquittoha.management.mqtt;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;

/**
 * As much of an MQTT 5 broker as tests need, in this JVM: it lets everybody in or nobody, grants
 * subscriptions, acknowledges QoS 1, and answers as a test tells it; it routes nothing.
 */
public final class StubBroker implements AutoCloseable {

  /** What it does with a message: sends other ones to who sent it. */
  public interface Answer extends BiFunction<String, String, List<Message>> {}

  /** Something that is no message: what a test makes of a connection. */
  public static final List<Message> HANG_UP = new ArrayList<>();

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<String> filters = new CopyOnWriteArrayList<>();
  private final List<String> published = new CopyOnWriteArrayList<>();
  private volatile Answer answer = (topic, payload) -> List.of();
  private volatile int connectReason;
  private volatile int publishReason;
  private volatile List<Message> retained = List.of();
  private final List<Message> messages = new CopyOnWriteArrayList<>();

  public StubBroker() throws IOException {
    Thread.startVirtualThread(this::accept);
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  /**
   * What it does with messages; {@link #HANG_UP}, that very list, ends the connection unanswered.
   */
  public StubBroker answering(Answer answer) {
    this.answer = answer;
    return this;
  }

  /** The reason code of each CONNACK from now on. */
  public StubBroker connectReason(int reason) {
    connectReason = reason;
    return this;
  }

  /** The reason code of each PUBACK from now on. */
  public StubBroker publishReason(int reason) {
    publishReason = reason;
    return this;
  }

  /** What it sends to each that subscribes, whatever to. */
  public StubBroker retaining(List<Message> messages) {
    retained = List.copyOf(messages);
    return this;
  }

  /** Messages that came and were accepted, in order, without properties. */
  public List<Message> messages() {
    return List.copyOf(messages);
  }

  /** Filters that are subscribed to at present, of all connections. */
  public List<String> filters() {
    return List.copyOf(filters);
  }

  /** Payloads that came, in order. */
  public List<String> published() {
    return List.copyOf(published);
  }

  public int connections() {
    return sockets.size();
  }

  private void accept() {
    try {
      while (true) {
        var socket = server.accept();
        sockets.add(socket);
        Thread.startVirtualThread(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket) {
    var mine = new ArrayList<String>();
    try (socket) {
      var in = new DataInputStream(socket.getInputStream());
      var out = new DataOutputStream(socket.getOutputStream());
      while (packet(in, out, mine)) {
        out.flush();
      }
    } catch (EOFException | SocketException e) {
      // The client left.
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      mine.forEach(filters::remove);
      sockets.remove(socket);
    }
  }

  private boolean packet(DataInputStream in, DataOutputStream out, List<String> mine)
      throws IOException {
    var first = in.readUnsignedByte();
    var body = in.readNBytes(length(in));
    var at = new DataInputStream(new ByteArrayInputStream(body));
    switch (first >> 4) {
      case 1 -> {
        write(out, 0x20, new byte[] {0, (byte) connectReason, 0});
        return connectReason == 0;
      }
      case 3 -> {
        var topic = at.readUTF();
        var qos = first >> 1 & 3;
        var id = qos == 0 ? 0 : at.readUnsignedShort();
        at.skipNBytes(length(at));
        var payload = new String(at.readAllBytes(), StandardCharsets.UTF_8);
        published.add(payload);
        var answers = answer.apply(topic, payload);
        if (answers == HANG_UP) {
          return false;
        }
        if (publishReason < 0x80) {
          messages.add(
              Message.of(topic, payload.getBytes(StandardCharsets.UTF_8), qos, (first & 1) == 1));
          for (var message : answers) {
            publish(out, message);
          }
        }
        if (qos == 1) {
          write(out, 0x40, new byte[] {(byte) (id >> 8), (byte) id, (byte) publishReason, 0});
        }
      }
      case 8 -> {
        acknowledge(at, out, 0x90, true, mine);
        for (var message : retained) {
          publish(out, message);
        }
      }
      case 10 -> acknowledge(at, out, 0xB0, false, mine);
      case 12 -> write(out, 0xD0, new byte[0]);
      case 14 -> {
        return false;
      }
      default -> {}
    }
    return true;
  }

  private void acknowledge(
      DataInputStream at, DataOutputStream out, int type, boolean subscribe, List<String> mine)
      throws IOException {
    var answer = new ByteArrayOutputStream();
    var to = new DataOutputStream(answer);
    to.writeShort(at.readUnsignedShort());
    to.writeByte(0);
    at.skipNBytes(length(at));
    while (at.available() > 0) {
      var filter = at.readUTF();
      if (subscribe) {
        at.readUnsignedByte();
        filters.add(filter);
        mine.add(filter);
      } else {
        filters.remove(filter);
        mine.remove(filter);
      }
      to.writeByte(0);
    }
    write(out, type, answer.toByteArray());
  }

  private static void publish(DataOutputStream out, Message message) throws IOException {
    var body = new ByteArrayOutputStream();
    var to = new DataOutputStream(body);
    to.writeUTF(message.topic());
    to.writeByte(0);
    to.write(message.payload());
    write(out, message.retain() ? 0x31 : 0x30, body.toByteArray());
  }

  private static void write(DataOutputStream out, int first, byte[] body) throws IOException {
    out.writeByte(first);
    var rest = body.length;
    do {
      out.writeByte(rest > 127 ? rest & 127 | 128 : rest);
      rest >>= 7;
    } while (rest > 0);
    out.write(body);
  }

  private static int length(DataInputStream in) throws IOException {
    var length = 0;
    for (var shift = 0; ; shift += 7) {
      var digit = in.readUnsignedByte();
      length |= (digit & 127) << shift;
      if (digit < 128) {
        return length;
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (var socket : sockets) {
      socket.close();
    }
  }
}
