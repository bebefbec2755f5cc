package io.mosquittoha.agent.link;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One of the broker's clients, on its administration listener, that only pings: CONNECT, then PINGREQ
 * (MQTT 3.1.1, 3.1 and 3.12). Not for several threads.
 */
public final class BrokerPing implements AutoCloseable {

  /** The broker answered, but does not let the health check in. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedException(String why) {
      super(why);
    }
  }

  private static final byte[] PING = {(byte) 0xC0, 0};

  /** Milliseconds between two looks at what it does. */
  private static final long LOOK = 10;

  private final InetSocketAddress address;
  private final String clientId;
  private final String username;
  private final Supplier<String> password;
  private @Nullable Socket socket;

  public BrokerPing(
      InetSocketAddress address, String clientId, String username, Supplier<String> password) {
    this.address = address;
    this.clientId = clientId;
    this.username = username;
    this.password = password;
  }

  /**
   * Whether a broker that does not answer is at rest. It has one thread: when ten thousand clients come
   * back at once and each password takes it some milliseconds, the ping waits behind them for seconds.
   * To kill it for that would make them all come back once more.
   *
   * @param work grows with what it does
   * @param time to watch it
   */
  public static boolean doesNothing(LongSupplier work, Duration time) throws InterruptedException {
    var before = work.getAsLong();
    var until = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - until < 0) {
      Thread.sleep(LOOK);
      if (work.getAsLong() != before) {
        return false;
      }
    }
    return true;
  }

  /**
   * Connects if it is not connected, and pings.
   *
   * @param timeoutMillis for each answer
   * @throws RefusedException if the broker answers that it does not want to
   * @throws IOException if there was no answer, or the wrong one
   */
  public void ping(int timeoutMillis) throws IOException {
    var open = socket;
    try {
      if (open == null) {
        open = connect(timeoutMillis);
        socket = open;
      }
      open.setSoTimeout(timeoutMillis);
      open.getOutputStream().write(PING);
      var in = new DataInputStream(open.getInputStream());
      if (in.readUnsignedByte() != 0xD0 || in.readUnsignedByte() != 0) {
        throw new IOException("the broker answered a ping with something else");
      }
    } catch (IOException e) {
      disconnect();
      throw e;
    }
  }

  @Override
  public void close() {
    disconnect();
  }

  /** The next ping connects anew. */
  public void disconnect() {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // It is given up anyway.
    }
    socket = null;
  }

  private Socket connect(int timeoutMillis) throws IOException {
    var open = new Socket();
    try {
      open.setTcpNoDelay(true);
      open.connect(address, timeoutMillis);
      open.setSoTimeout(timeoutMillis);
      var body = new ByteArrayOutputStream();
      var data = new DataOutputStream(body);
      data.writeUTF("MQTT");
      data.writeByte(4);
      data.writeByte(0xC2); // user name, password, clean session
      data.writeShort(10); // the least that max_keepalive may be; who asks for more is refused
      data.writeUTF(clientId);
      data.writeUTF(username);
      data.writeUTF(password.get());
      var packet = new ByteArrayOutputStream();
      packet.write(0x10);
      var length = body.size();
      do {
        packet.write(length > 127 ? length % 128 | 0x80 : length);
        length /= 128;
      } while (length > 0);
      body.writeTo(packet);
      open.getOutputStream().write(packet.toByteArray());
      var answer = open.getInputStream().readNBytes(4);
      if (answer.length < 4 || answer[0] != 0x20) {
        throw new IOException("the broker did not answer the health check's CONNECT");
      }
      if (answer[3] != 0) {
        throw new RefusedException(
            "the broker refuses the health check's login (code %d): is the account '%s' there,"
                    .formatted(answer[3], username)
                + " with the password of its Secret?");
      }
      return open;
    } catch (IOException e) {
      open.close();
      throw e;
    }
  }
}
