package io.mosquittoha.agent.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the broker says of itself below {@code $SYS/broker}, read by a subscriber (MQTT 3.1.1) that
 * stays for as long as somebody asks now and then.
 */
final class BrokerTopics implements AutoCloseable {

  private static final Logger LOG = System.getLogger(BrokerTopics.class.getName());

  private static final String ROOT = "$SYS/broker/";

  /** Not all, because the broker's log can be among them. */
  private static final List<String> FILTERS =
      List.of(
          "bytes/#",
          "clients/#",
          "connections/#",
          "heap/#",
          "load/#",
          "messages/#",
          "packet/#",
          "publish/#",
          "retained messages/#",
          "shared_subscriptions/#",
          "store/#",
          "subscriptions/#",
          "+"); // Last, so that the uptime comes last of what is retained.

  private static final int MOST_TOPICS = 500;
  private static final int LONGEST_VALUE = 200;
  private static final int LONGEST_PACKET = 64 << 10;
  private static final int CONNECT_MILLIS = 2_000;
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /** Seconds: the least that an operator may grant, and Mosquitto lets nobody in that asks for more. */
  private static final int KEEP_ALIVE = 10;

  private static final int SILENCE_MILLIS = 3_000;
  private static final long UNASKED = Duration.ofMinutes(10).toNanos();

  private final InetSocketAddress address;
  private final String clientId;
  private final Supplier<String> password;
  private @Nullable Reader reader;
  private String trouble = "";
  private String told = "";

  /**
   * Connects to nobody yet.
   *
   * @param address of the administration listener
   * @param password of the account {@code admin}
   */
  BrokerTopics(InetSocketAddress address, String clientId, Supplier<String> password) {
    this.address = address;
    this.clientId = clientId;
    this.password = password;
  }

  /**
   * The values by topic, without {@code $SYS/broker/}. Empty if the broker says nothing in time.
   */
  Map<String, String> values() {
    var current = reader();
    try {
      if (!current.first.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        current.first.countDown(); // It says little, or comes later: nobody has to wait again.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new TreeMap<>(current.values);
  }

  private synchronized Reader reader() {
    var current = reader;
    if (current == null || current.ended) {
      current = new Reader();
      reader = current;
      Thread.ofVirtual().name("broker-topics").start(current);
    }
    current.askedAt = System.nanoTime();
    return current;
  }

  /** The next one who asks connects anew. */
  synchronized void disconnect() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }

  @Override
  public void close() {
    disconnect();
  }

  /** Once is no trouble: the account is made while a new cluster forms. */
  private synchronized void complain(String why) {
    var again = why.equals(trouble);
    trouble = why;
    if (again && !why.equals(told)) {
      told = why;
      LOG.log(Level.WARNING, "the broker''s own figures cannot be read: {0}", why);
    }
  }

  private final class Reader implements Runnable {

    private final Map<String, String> values = new ConcurrentHashMap<>();
    private final CountDownLatch first = new CountDownLatch(1);
    private final Socket socket = new Socket();
    private volatile long askedAt;
    private volatile boolean closed;
    private volatile boolean ended;
    private boolean pinged;

    @Override
    public void run() {
      try (socket) {
        socket.setTcpNoDelay(true);
        socket.connect(address, CONNECT_MILLIS);
        socket.setSoTimeout(CONNECT_MILLIS);
        var in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        send(0x10, login());
        var answer = packet(in, 0x20);
        if (answer.length != 2 || answer[1] != 0) {
          throw new IOException("it does not let the account admin in; does its Secret fit?");
        }
        send(0x82, subscription());
        expectGranted(packet(in, 0x90));
        socket.setSoTimeout(SILENCE_MILLIS);
        while (System.nanoTime() - askedAt < UNASKED) {
          listen(in);
        }
      } catch (IOException | UncheckedIOException e) {
        if (!closed) {
          complain(String.valueOf(e.getMessage()));
        }
      } finally {
        ended = true;
        first.countDown();
      }
    }

    private void listen(DataInputStream in) throws IOException {
      int type;
      try {
        type = in.readUnsignedByte();
        pinged = false;
      } catch (SocketTimeoutException e) {
        if (pinged) {
          throw new IOException("it does not answer", e);
        }
        pinged = true;
        send(0xC0, new byte[0]);
        return;
      }
      if (type == 0xD0) {
        body(in);
      } else {
        expect(0x30, type);
        take(body(in));
      }
    }

    private void close() {
      closed = true;
      try {
        socket.close();
      } catch (IOException e) {
        // Nothing is lost.
      }
    }

    private byte[] login() throws IOException {
      var bytes = new ByteArrayOutputStream();
      var out = new DataOutputStream(bytes);
      out.writeUTF("MQTT");
      out.writeByte(4);
      out.writeByte(0xC2); // user name, password, clean session
      out.writeShort(KEEP_ALIVE);
      out.writeUTF(clientId);
      out.writeUTF("admin");
      out.writeUTF(password.get());
      return bytes.toByteArray();
    }

    private static byte[] subscription() throws IOException {
      var bytes = new ByteArrayOutputStream();
      var out = new DataOutputStream(bytes);
      out.writeShort(1);
      for (var filter : FILTERS) {
        out.writeUTF(ROOT + filter);
        out.writeByte(0);
      }
      return bytes.toByteArray();
    }

    private void send(int type, byte[] body) throws IOException {
      var packet = new ByteArrayOutputStream();
      packet.write(type);
      var length = body.length;
      do {
        packet.write(length > 127 ? length % 128 | 0x80 : length);
        length /= 128;
      } while (length > 0);
      packet.write(body);
      socket.getOutputStream().write(packet.toByteArray());
    }

    private static byte[] packet(DataInputStream in, int expected) throws IOException {
      expect(expected, in.readUnsignedByte());
      return body(in);
    }

    private static void expect(int expected, int type) throws IOException {
      if ((type & 0xF0) != expected || (type & 0x06) != 0) {
        throw new IOException("it sends packets of type 0x%02X".formatted(type));
      }
    }

    private static byte[] body(DataInputStream in) throws IOException {
      var length = length(in);
      if (length > LONGEST_PACKET) {
        throw new IOException("it sends a packet of %d bytes".formatted(length));
      }
      var body = new byte[length];
      in.readFully(body);
      return body;
    }

    private static int length(InputStream in) throws IOException {
      int length = 0;
      for (int shift = 0; shift < 28; shift += 7) {
        var next = in.read();
        length |= (next & 0x7F) << shift;
        if ((next & 0x80) == 0) {
          return length;
        }
      }
      throw new IOException("it sends what is not MQTT");
    }

    private static void expectGranted(byte[] answer) throws IOException {
      for (int i = 2; i < answer.length; i++) {
        if (answer[i] != 0) {
          throw new IOException(
              "the account admin may not subscribe to $SYS/#: give it the role sys-observe");
        }
      }
    }

    private void take(byte[] message) throws IOException {
      var topicLength =
          message.length < 2 ? Integer.MAX_VALUE : (message[0] & 0xFF) << 8 | message[1] & 0xFF;
      if (topicLength > message.length - 2) {
        throw new IOException("it sends what is not MQTT");
      }
      var topic = new String(message, 2, topicLength, StandardCharsets.UTF_8);
      var from = 2 + topicLength;
      if (topic.startsWith(ROOT)
          && message.length - from <= LONGEST_VALUE
          && values.size() < MOST_TOPICS) {
        values.put(
            topic.substring(ROOT.length()),
            new String(message, from, message.length - from, StandardCharsets.UTF_8));
      }
      if (topic.equals(ROOT + "uptime")) {
        first.countDown();
      }
    }
  }
}
