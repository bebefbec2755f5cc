package io.mosquittoha.certification.mqtt;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * As much of MQTT 3.1.1 as it takes to measure outages: Paho sleeps for 300 ms in each connect,
 * which is longer than what is to be measured.
 */
final class Wire implements AutoCloseable {

  private static final int CONNECT = 0x10;
  private static final int CONNACK = 0x20;
  private static final int PUBLISH = 0x30;
  private static final int PUBACK = 0x40;
  private static final int SUBSCRIBE = 0x82;
  private static final int SUBACK = 0x90;
  private static final int QOS_1 = 0x02;

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final DataOutputStream out;
  private int lastId;
  private int received;

  Wire(InetSocketAddress address, String clientId, Login login, Duration patience)
      throws IOException {
    try {
      var millis = Math.toIntExact(patience.toMillis());
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(millis);
      socket.connect(address, millis);
      in = new DataInputStream(socket.getInputStream());
      out = new DataOutputStream(socket.getOutputStream());
      send(
          CONNECT,
          body -> {
            body.writeUTF("MQTT");
            body.write(4);
            body.write(0b1100_0010); // user name, password, clean session
            body.writeShort(30);
            body.writeUTF(clientId);
            body.writeUTF(login.user());
            body.writeUTF(login.password());
          });
      var answer = await(CONNACK);
      if (answer[1] != 0) {
        throw new IOException("the broker refused the connection with code " + answer[1]);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  void subscribe(String topic) throws IOException {
    send(
        SUBSCRIBE,
        body -> {
          body.writeShort(++lastId);
          body.writeUTF(topic);
          body.write(1);
        });
    var answer = await(SUBACK);
    if ((answer[2] & 0x80) != 0) {
      throw new IOException("the broker refused the subscription to " + topic);
    }
  }

  /** Publishes with QoS 1, and returns when the broker has acknowledged. */
  void publish(String topic, String text) throws IOException {
    lastId = lastId % 0xffff + 1;
    send(
        PUBLISH | QOS_1,
        body -> {
          body.writeUTF(topic);
          body.writeShort(lastId);
          body.write(text.getBytes(StandardCharsets.UTF_8));
        });
    var answer = await(PUBACK);
    var acknowledged = (answer[0] & 0xff) << 8 | answer[1] & 0xff;
    if (acknowledged != lastId) {
      throw new IOException(
          "the broker acknowledged message %d instead of %d".formatted(acknowledged, lastId));
    }
  }

  /** How many messages came so far. */
  int received() {
    return received;
  }

  /**
   * Reads packets until one is of this type; messages that come before it are taken and
   * acknowledged.
   */
  private byte[] await(int type) throws IOException {
    while (true) {
      var first = in.readUnsignedByte();
      var body = in.readNBytes(remainingLength());
      if ((first & 0xf0) == type) {
        return body;
      }
      if ((first & 0xf0) != PUBLISH) {
        throw new IOException("the broker sent an unexpected packet of type " + (first >> 4));
      }
      received++;
      if ((first & QOS_1) != 0) {
        var topicLength = (body[0] & 0xff) << 8 | body[1] & 0xff;
        send(PUBACK, answer -> answer.write(body, 2 + topicLength, 2));
      }
    }
  }

  private int remainingLength() throws IOException {
    var length = 0;
    for (var shift = 0; shift < 28; shift += 7) {
      var part = in.readUnsignedByte();
      length |= (part & 0x7f) << shift;
      if (part < 0x80) {
        return length;
      }
    }
    throw new IOException("the broker sent a packet of impossible length");
  }

  private interface Body {
    void writeTo(DataOutputStream packet) throws IOException;
  }

  private void send(int first, Body body) throws IOException {
    var bytes = new ByteArrayOutputStream();
    body.writeTo(new DataOutputStream(bytes));
    var packet = new ByteArrayOutputStream();
    packet.write(first);
    var rest = bytes.size();
    do {
      packet.write(rest > 0x7f ? rest & 0x7f | 0x80 : rest);
      rest >>= 7;
    } while (rest > 0);
    bytes.writeTo(packet);
    packet.writeTo(out);
    out.flush();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }
}
