package io.mosquittoha.management.mqtt;

/**
 * A reason code of MQTT 5, in words.
 *
 * @param code 0 to 255; from 128 on it is a refusal
 * @param words a part of a sentence: what it means, and what to look at if it is a refusal
 */
public record Reason(int code, String words) {

  /** Success, or QoS 0 granted. */
  public static final Reason SUCCESS = new Reason(0, "accepted");

  static final int UNSPECIFIED = 0x80;

  /** The reason of an acknowledgement. */
  public static Reason of(int code) {
    return new Reason(
        code,
        switch (code) {
          case 0x00 -> "accepted";
          case 0x01 -> "accepted with QoS 1";
          case 0x02 -> "accepted with QoS 2";
          case 0x04 -> "disconnected, and the will is published";
          case 0x10 -> "accepted, and nobody subscribes to it at present";
          case 0x11 -> "there was no such subscription";
          case 0x80 -> "refused for a reason that the broker does not tell; its log may";
          case 0x81 -> "the packet is malformed";
          case 0x82 -> "the broker sees a breach of the protocol";
          case 0x83 -> "the broker refuses it for a reason of its own; its log may tell";
          case 0x84 -> "the broker does not speak this version of MQTT";
          case 0x85 -> "the client id is not allowed; this account may be bound to another one";
          case 0x86 -> "the user name or the password is wrong, or the account is disabled";
          case 0x87 -> "the account is not allowed to; look at its roles and the default access";
          case 0x88 -> "the broker is not available at present";
          case 0x89 -> "the broker is busy; try again later";
          case 0x8A -> "this client is banned";
          case 0x8B -> "the broker shuts down";
          case 0x8C -> "the way of authentication is not known to the broker";
          case 0x8D -> "nothing was heard for longer than the keep-alive";
          case 0x8E -> "another client connected with the same client id";
          case 0x8F -> "the filter is not valid";
          case 0x90 -> "the topic is not valid";
          case 0x91 -> "the packet identifier is in use";
          case 0x92 -> "the packet identifier is not known";
          case 0x93 -> "more messages are under way than was agreed";
          case 0x94 -> "the topic alias is not valid";
          case 0x95 -> "the packet is larger than allowed";
          case 0x96 -> "messages come too fast";
          case 0x97 -> "a quota is used up";
          case 0x98 -> "an administrator ended the connection";
          case 0x99 -> "the payload is not what it says it is";
          case 0x9A -> "the broker keeps no retained messages";
          case 0x9B -> "the broker does not offer this QoS";
          case 0x9C -> "another server is to be used";
          case 0x9D -> "the server has moved";
          case 0x9E -> "the broker offers no shared subscriptions";
          case 0x9F -> "clients connect too fast";
          case 0xA0 -> "the time that a connection may last is over";
          case 0xA1 -> "the broker offers no subscription identifiers";
          case 0xA2 -> "the broker offers no wildcards";
          default -> "of a kind that MQTT 5 does not know";
        });
  }

  /** The reason of a CONNACK. Mosquitto says of a wrong password too that it is not allowed. */
  static Reason ofConnect(int code) {
    return code == 0x87
        ? new Reason(
            code,
            "the user name or the password is wrong, the account is disabled, or it is bound to"
                + " another client id")
        : of(code);
  }

  /** Whether it is a refusal. */
  public boolean refused() {
    return code >= 0x80;
  }

  /** Whether it is a refusal that is over in a while without anybody's doing. */
  public boolean passes() {
    return switch (code) {
      case 0x88, 0x89, 0x8B, 0x93, 0x96, 0x97, 0x9F -> true;
      default -> false;
    };
  }

  /** The words with the code as specifications write it: {@code … (0x87)}. */
  @Override
  public String toString() {
    return "%s (0x%02X)".formatted(words, code);
  }
}
