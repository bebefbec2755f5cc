package io.mosquittoha.certification.mqtt;

import io.mosquittoha.certification.mqtt.Packet.Acknowledgement;
import io.mosquittoha.certification.mqtt.Packet.Connack;
import io.mosquittoha.certification.mqtt.Packet.Connect;
import io.mosquittoha.certification.mqtt.Packet.Goodbye;
import io.mosquittoha.certification.mqtt.Packet.Granted;
import io.mosquittoha.certification.mqtt.Packet.Ping;
import io.mosquittoha.certification.mqtt.Packet.Pong;
import io.mosquittoha.certification.mqtt.Packet.Publish;
import io.mosquittoha.certification.mqtt.Packet.Step;
import io.mosquittoha.certification.mqtt.Packet.Subscribe;
import io.mosquittoha.certification.mqtt.Packet.Unsubscribe;
import io.mosquittoha.certification.mqtt.Packet.Unsubscribed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;

/** Packets as bytes, and back, in one version of the protocol. */
record Codec(MqttVersion version) {

  private static final int SESSION_EXPIRY = 0x11;
  private static final int RECEIVE_MAXIMUM = 0x21;
  private static final int MOST_IN_FLIGHT = 65535;

  private boolean isV5() {
    return version == MqttVersion.V5;
  }

  // ---- to bytes

  byte[] encode(Packet packet) {
    try {
      return switch (packet) {
        case Connect connect -> frame(0x10, body -> write(connect, body));
        case Connack connack ->
            frame(
                0x20,
                body -> {
                  body.write(connack.sessionPresent() ? 1 : 0);
                  body.write(connack.reason());
                  if (isV5()) {
                    body.write(3);
                    body.write(RECEIVE_MAXIMUM);
                    body.writeShort(connack.receiveMaximum());
                  }
                });
        case Publish publish ->
            frame(
                0x30
                    | (publish.duplicate() ? 8 : 0)
                    | publish.qos() << 1
                    | (publish.retain() ? 1 : 0),
                body -> {
                  body.writeUTF(publish.topic());
                  if (publish.qos() > 0) {
                    body.writeShort(publish.id());
                  }
                  noProperties(body);
                  body.write(publish.payload());
                });
        case Acknowledgement answer ->
            frame(
                answer.step().type() << 4 | (answer.step() == Step.PUBREL ? 2 : 0),
                body -> {
                  body.writeShort(answer.id());
                  if (isV5() && answer.reason() != 0) {
                    body.write(answer.reason());
                  }
                });
        case Subscribe subscribe ->
            frame(
                0x82,
                body -> {
                  body.writeShort(subscribe.id());
                  noProperties(body);
                  for (var filter : subscribe.filters()) {
                    body.writeUTF(filter);
                    body.write(subscribe.qos());
                  }
                });
        case Granted granted ->
            frame(
                0x90,
                body -> {
                  body.writeShort(granted.id());
                  noProperties(body);
                  for (var reason : granted.reasons()) {
                    body.write(reason);
                  }
                });
        case Unsubscribe unsubscribe ->
            frame(
                0xa2,
                body -> {
                  body.writeShort(unsubscribe.id());
                  noProperties(body);
                  for (var filter : unsubscribe.filters()) {
                    body.writeUTF(filter);
                  }
                });
        case Unsubscribed unsubscribed ->
            frame(
                0xb0,
                body -> {
                  body.writeShort(unsubscribed.id());
                  noProperties(body);
                });
        case Ping ping -> frame(0xc0, body -> {});
        case Pong pong -> frame(0xd0, body -> {});
        case Goodbye goodbye ->
            frame(
                0xe0,
                body -> {
                  if (isV5() && goodbye.reason() != 0) {
                    body.write(goodbye.reason());
                  }
                });
      };
    } catch (IOException e) {
      throw new UncheckedIOException("no packet can be made of " + packet, e);
    }
  }

  private void write(Connect connect, DataOutputStream body) throws IOException {
    body.writeUTF("MQTT");
    body.write(isV5() ? 5 : 4);
    body.write(
        (connect.login().isPresent() ? 0b1100_0000 : 0)
            // A will's QoS is 2, so that whoever counts wills can count on each.
            | (connect.will().isPresent() ? 0b0001_0100 : 0)
            | (connect.cleanStart() ? 0b10 : 0));
    body.writeShort(connect.keepAlive());
    if (isV5()) {
      body.write(5);
      body.write(SESSION_EXPIRY);
      body.writeInt((int) connect.sessionExpiry());
    }
    body.writeUTF(connect.clientId());
    if (connect.will().isPresent()) {
      noProperties(body);
      body.writeUTF(connect.will().get().topic());
      body.writeUTF(connect.will().get().payload());
    }
    if (connect.login().isPresent()) {
      body.writeUTF(connect.login().get().user());
      body.writeUTF(connect.login().get().password());
    }
  }

  private void noProperties(DataOutputStream body) throws IOException {
    if (isV5()) {
      body.write(0);
    }
  }

  private interface Body {
    void writeTo(DataOutputStream body) throws IOException;
  }

  private static byte[] frame(int first, Body body) throws IOException {
    var bytes = new ByteArrayOutputStream();
    body.writeTo(new DataOutputStream(bytes));
    var packet = new ByteArrayOutputStream(bytes.size() + 5);
    packet.write(first);
    var rest = bytes.size();
    do {
      packet.write(rest > 0x7f ? rest & 0x7f | 0x80 : rest);
      rest >>= 7;
    } while (rest > 0);
    bytes.writeTo(packet);
    return packet.toByteArray();
  }

  // ---- from bytes

  /**
   * Reads what comes after the first byte of a packet.
   *
   * @throws IOException if the stream ends or this is no packet
   */
  Packet read(int first, DataInputStream in) throws IOException {
    var bytes = new byte[number(in)];
    in.readFully(bytes);
    var body = new DataInputStream(new ByteArrayInputStream(bytes));
    return switch (first >> 4) {
      case 1 -> connect(body);
      case 2 -> connack(body);
      case 3 -> publish(first, body);
      case 4, 5, 6, 7 ->
          new Acknowledgement(
              Step.values()[(first >> 4) - 4],
              body.readUnsignedShort(),
              body.available() > 0 ? body.readUnsignedByte() : 0);
      case 8 -> {
        var id = body.readUnsignedShort();
        skipProperties(body);
        var filters = new ArrayList<String>();
        var qos = 0;
        while (body.available() > 0) {
          filters.add(body.readUTF());
          qos = body.readUnsignedByte() & 3;
        }
        yield new Subscribe(id, filters, qos);
      }
      case 9 -> {
        var id = body.readUnsignedShort();
        skipProperties(body);
        var reasons = new ArrayList<Integer>();
        while (body.available() > 0) {
          reasons.add(body.readUnsignedByte());
        }
        yield new Granted(id, reasons);
      }
      case 10 -> {
        var id = body.readUnsignedShort();
        skipProperties(body);
        var filters = new ArrayList<String>();
        while (body.available() > 0) {
          filters.add(body.readUTF());
        }
        yield new Unsubscribe(id, filters);
      }
      case 11 -> new Unsubscribed(body.readUnsignedShort());
      case 12 -> new Ping();
      case 13 -> new Pong();
      case 14 -> new Goodbye(body.available() > 0 ? body.readUnsignedByte() : 0);
      default -> throw new IOException("a packet of type " + (first >> 4) + " was not expected");
    };
  }

  private Connect connect(DataInputStream body) throws IOException {
    body.readUTF();
    body.readUnsignedByte();
    var flags = body.readUnsignedByte();
    var keepAlive = body.readUnsignedShort();
    var expiry = 0L;
    if (isV5()) {
      expiry = property(body, SESSION_EXPIRY, 0);
    }
    var clientId = body.readUTF();
    Optional<Will> will = Optional.empty();
    if ((flags & 0b100) != 0) {
      skipProperties(body);
      will = Optional.of(new Will(body.readUTF(), body.readUTF()));
    }
    Optional<Login> login = Optional.empty();
    if ((flags & 0b1000_0000) != 0) {
      login = Optional.of(new Login(body.readUTF(), body.readUTF()));
    }
    return new Connect(clientId, login, (flags & 0b10) != 0, keepAlive, expiry, will);
  }

  private Connack connack(DataInputStream body) throws IOException {
    var sessionPresent = (body.readUnsignedByte() & 1) != 0;
    var reason = body.readUnsignedByte();
    var most = isV5() ? property(body, RECEIVE_MAXIMUM, MOST_IN_FLIGHT) : MOST_IN_FLIGHT;
    return new Connack(sessionPresent, reason, Math.toIntExact(most));
  }

  private Publish publish(int first, DataInputStream body) throws IOException {
    var qos = first >> 1 & 3;
    var topic = body.readUTF();
    var id = qos > 0 ? body.readUnsignedShort() : 0;
    skipProperties(body);
    return new Publish(topic, body.readAllBytes(), qos, (first & 8) != 0, (first & 1) != 0, id);
  }

  private static int number(DataInputStream in) throws IOException {
    var number = 0;
    for (var shift = 0; shift < 28; shift += 7) {
      var part = in.readUnsignedByte();
      number |= (part & 0x7f) << shift;
      if (part < 0x80) {
        return number;
      }
    }
    throw new IOException("a packet has an impossible length");
  }

  private void skipProperties(DataInputStream body) throws IOException {
    if (isV5()) {
      body.skipNBytes(number(body));
    }
  }

  /** Reads all properties, and gives the number that one of them has. */
  private static long property(DataInputStream body, int wanted, long otherwise)
      throws IOException {
    var bytes = new byte[number(body)];
    body.readFully(bytes);
    var properties = new DataInputStream(new ByteArrayInputStream(bytes));
    var found = otherwise;
    while (properties.available() > 0) {
      var id = properties.readUnsignedByte();
      var value = value(id, properties);
      if (id == wanted) {
        found = value;
      }
    }
    return found;
  }

  private static long value(int id, DataInputStream in) throws IOException {
    return switch (id) {
      case 0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a -> in.readUnsignedByte();
      case 0x13, 0x21, 0x22, 0x23 -> in.readUnsignedShort();
      case 0x02, 0x11, 0x18, 0x27 -> Integer.toUnsignedLong(in.readInt());
      case 0x0b -> number(in);
      case 0x26 -> {
        text(in);
        text(in);
        yield 0;
      }
      case 0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1a, 0x1c, 0x1f -> {
        text(in);
        yield 0;
      }
      default -> throw new IOException("a packet has an unknown property " + id);
    };
  }

  private static String text(DataInputStream in) throws IOException {
    var bytes = new byte[in.readUnsignedShort()];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
