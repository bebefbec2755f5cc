package io.mosquittoha.certification.mqtt;

import java.util.List;
import java.util.Optional;

/** A packet of MQTT 3.1.1 or 5, as far as the suite's own client speaks them. */
public sealed interface Packet {

  /**
   * The first packet of a client.
   *
   * @param sessionExpiry seconds for which the session outlives the connection (MQTT 5)
   */
  record Connect(
      String clientId,
      Optional<Login> login,
      boolean cleanStart,
      int keepAlive,
      long sessionExpiry,
      Optional<Will> will)
      implements Packet {}

  /**
   * The broker's answer to it.
   *
   * @param reason 0 if the client is let in
   * @param receiveMaximum how many messages may be on their way to the broker at once
   */
  record Connack(boolean sessionPresent, int reason, int receiveMaximum) implements Packet {}

  /** A message. Its id is 0 with QoS 0. */
  record Publish(String topic, byte[] payload, int qos, boolean duplicate, boolean retain, int id)
      implements Packet {

    /** The same message, sent once more. */
    public Publish again() {
      return new Publish(topic, payload, qos, true, retain, id);
    }
  }

  /** The steps by which messages are acknowledged. */
  enum Step {
    PUBACK,
    PUBREC,
    PUBREL,
    PUBCOMP;

    int type() {
      return 4 + ordinal();
    }
  }

  /**
   * One step of a message's acknowledgement.
   *
   * @param reason 0x80 and above: refused (MQTT 5)
   */
  record Acknowledgement(Step step, int id, int reason) implements Packet {

    public Acknowledgement(Step step, int id) {
      this(step, id, 0);
    }

    public boolean isRefusal() {
      return reason >= 0x80;
    }
  }

  record Subscribe(int id, List<String> filters, int qos) implements Packet {}

  /** The answer to SUBSCRIBE; a reason of 0x80 and above is a refusal. */
  record Granted(int id, List<Integer> reasons) implements Packet {}

  record Unsubscribe(int id, List<String> filters) implements Packet {}

  record Unsubscribed(int id) implements Packet {}

  record Ping() implements Packet {}

  record Pong() implements Packet {}

  /** DISCONNECT, of either side. */
  record Goodbye(int reason) implements Packet {}
}
