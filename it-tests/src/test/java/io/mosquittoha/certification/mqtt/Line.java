package io.mosquittoha.certification.mqtt;

import io.mosquittoha.certification.mqtt.Packet.Connack;
import io.mosquittoha.certification.mqtt.Packet.Connect;
import io.mosquittoha.certification.mqtt.Packet.Goodbye;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;

/**
 * One connection to a broker, packet by packet. It decides nothing by itself: it sends what it is
 * told to and acknowledges nothing, so that whoever uses it knows exactly what was acknowledged. It
 * also connects at once, where Paho sleeps for 300 ms, which is longer than what is to be measured.
 * For one thread, through the door {@link Door#MQTT}.
 */
public final class Line implements AutoCloseable {

  private static final int KEEP_ALIVE = 15;
  private static final long SESSION_EXPIRY = 3600;

  /** The broker was reached and said no. */
  public static final class Refused extends IOException {

    private static final long serialVersionUID = 1L;

    private final int reason;

    Refused(int reason) {
      super("the broker refused the connection with code " + reason);
      this.reason = reason;
    }

    /** It does not know who asks, or does not let them in. */
    public boolean isOfLogin() {
      return switch (reason) {
        case 4, 5, 0x86, 0x87 -> true;
        default -> false;
      };
    }
  }

  private final Socket socket = new Socket();
  private final Codec codec;
  private final int patience;
  private final DataInputStream in;
  private final OutputStream out;
  private final Connack welcome;

  private Line(Dial dial) throws IOException {
    codec = new Codec(dial.version());
    patience = Math.toIntExact(dial.patience().toMillis());
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(patience);
      socket.connect(dial.address(), patience);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 14));
      out = socket.getOutputStream();
      send(
          new Connect(
              dial.clientId(),
              dial.login(),
              dial.cleanStart(),
              KEEP_ALIVE,
              dial.cleanStart() ? 0 : SESSION_EXPIRY,
              dial.will()));
      var answer = codec.read(in.readUnsignedByte(), in);
      if (!(answer instanceof Connack connack)) {
        throw new IOException("the broker answered CONNECT with " + answer);
      }
      if (connack.reason() != 0) {
        throw new Refused(connack.reason());
      }
      welcome = connack;
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Connects. {@link Dial#patience()} is how long that may take, and later how long the rest of a
   * packet may.
   *
   * @throws Refused if the broker says no
   */
  public static Line open(Dial dial) throws IOException {
    if (dial.door() != Door.MQTT) {
      throw new IllegalArgumentException("this client speaks MQTT over TCP only");
    }
    return new Line(dial);
  }

  /** Whether the broker still had this client's session. */
  public boolean sessionPresent() {
    return welcome.sessionPresent();
  }

  /** How many messages the broker wants to be on their way to it at most. */
  public int receiveMaximum() {
    return welcome.receiveMaximum();
  }

  public void send(Packet packet) throws IOException {
    out.write(codec.encode(packet));
  }

  /**
   * Waits for the next packet, and is empty if none begins in time.
   *
   * @throws IOException if the connection is at its end; the broker's DISCONNECT counts as that
   */
  public Optional<Packet> poll(Duration wait) throws IOException {
    socket.setSoTimeout(Math.max(1, Math.toIntExact(wait.toMillis())));
    int first;
    try {
      first = in.readUnsignedByte();
    } catch (SocketTimeoutException e) {
      return Optional.empty();
    }
    socket.setSoTimeout(patience);
    var packet = codec.read(first, in);
    if (packet instanceof Goodbye goodbye) {
      throw new IOException("the broker said goodbye with code " + goodbye.reason());
    }
    return Optional.of(packet);
  }

  /** Says goodbye: no will is published. */
  public void leave() {
    try {
      send(new Goodbye(0));
      // The end of the stream says that the broker has read it.
      socket.setSoTimeout(patience);
      while (in.read() >= 0) {
        // Whatever else comes is of no interest any more.
      }
    } catch (IOException e) {
      // It is gone already, which is what was wanted.
    } finally {
      close();
    }
  }

  /** Breaks the connection as a power cut would. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }
}
