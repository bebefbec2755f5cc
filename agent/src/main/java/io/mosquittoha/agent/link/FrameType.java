package io.mosquittoha.agent.link;

import static io.mosquittoha.agent.link.Kind.BYTES;
import static io.mosquittoha.agent.link.Kind.I32;
import static io.mosquittoha.agent.link.Kind.I64;
import static io.mosquittoha.agent.link.Kind.TEXT;
import static io.mosquittoha.agent.link.Kind.U16;
import static io.mosquittoha.agent.link.Kind.U32;
import static io.mosquittoha.agent.link.Kind.U64;
import static io.mosquittoha.agent.link.Kind.U8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every frame of the link protocol, with its fields in their order. Types from 0x60 to 0x6F never
 * cross the socket: they are the agents' own changes of the replicated state, written the same way.
 */
public enum FrameType {
  HELLO(
      0x01,
      "number", U64, "magic", U32, "major", U16, "minor", U16, "pid", U32, "features", U64,
      "broker_version", TEXT, "node", TEXT),
  RESTORED(
      0x03,
      "number", U64, "base_msgs", U32, "retained", U32, "clients", U32, "subscriptions", U32,
      "client_msgs", U32, "wills", U32, "failed", U32),
  SERVING(0x04, "number", U64),
  TICK(0x05, "number", U64, "token", U64, "time_ms", I64),
  RESULT(0x06, "number", U64, "token", U64, "reason", I32),
  FATAL(0x07, "number", U64, "message", TEXT),

  BASE_MSG_ADD(0x20, message("number", U64)),
  BASE_MSG_DELETE(0x21, "number", U64, "store_id", U64),
  RETAIN_SET(0x22, "number", U64, "topic", TEXT, "store_id", U64),
  RETAIN_DELETE(0x23, "number", U64, "topic", TEXT),
  CLIENT_ADD(0x24, client("number", U64)),
  CLIENT_UPDATE(0x25, client("number", U64)),
  CLIENT_DELETE(0x26, "number", U64, "clientid", TEXT),
  SUBSCRIPTION_ADD(
      0x27, "number", U64, "clientid", TEXT, "topic", TEXT, "identifier", U32, "options", U8),
  SUBSCRIPTION_DELETE(0x28, "number", U64, "clientid", TEXT, "topic", TEXT),
  CLIENT_MSG_ADD(0x29, queued("number", U64)),
  CLIENT_MSG_UPDATE(0x2A, queued("number", U64)),
  CLIENT_MSG_DELETE(0x2B, queued("number", U64)),
  WILL_ADD(0x2C, will("number", U64)),
  WILL_DELETE(0x2D, "number", U64, "clientid", TEXT),
  CONNECT(
      0x30,
      "number", U64, "clientid", TEXT, "username", TEXT, "address", TEXT, "listener_port", U16,
      "keepalive", U16, "protocol_version", U8, "transport", U8, "clean_start", U8),
  DISCONNECT(0x31, "number", U64, "clientid", TEXT, "reason", I32),
  OFFLINE(0x32, "number", U64, "clientid", TEXT, "reason", I32),
  SUBSCRIBE(
      0x33, "number", U64, "clientid", TEXT, "topic", TEXT, "identifier", U32, "options", U8),
  UNSUBSCRIBE(0x34, "number", U64, "clientid", TEXT, "topic", TEXT),
  MARK(0x35, "number", U64),
  CONTROL(0x36, "number", U64, "clientid", TEXT, "topic", TEXT),
  PUBLISHED(0x37, "number", U64, "token", U64),

  /** Dynamic security's file as it is now. */
  SECURITY(0x60, "number", U64, "file", BYTES),
  /** An epoch begins: who was connected no longer is. */
  BEGINNING(0x61, "number", U64, "epoch", U64, "time_ms", I64, "will_grace_ms", U32),
  /** Something happened to the cluster, as JSON. */
  OCCURRENCE(0x62, "number", U64, "json", TEXT),
  /** The will of a client will be published under a token. */
  WILL_DUE(0x63, "number", U64, "token", U64, "clientid", TEXT),
  /** The will of a client can't be published. */
  WILL_DROPPED(0x64, "number", U64, "clientid", TEXT),

  WELCOME(0x81, "magic", U32, "major", U16, "minor", U16, "frame_max", U32),
  PROMOTE(0x82, "epoch", U64, "number", U64, "node_id", U16),
  RESTORE_END(0x8F, "token", U64),
  PROBE(0x90, "token", U64),
  KICK(0x91, "token", U64, "clientid", TEXT, "with_will", U8),
  PUBLISH(
      0x92,
      "token", U64, "clientid", TEXT, "topic", TEXT, "payload", BYTES, "qos", U8, "retain", U8,
      "properties", BYTES),
  RESTORE_BASE_MSG(0xA0, message()),
  RESTORE_RETAIN(0xA2, "topic", TEXT, "store_id", U64),
  RESTORE_CLIENT(0xA4, client()),
  RESTORE_SUBSCRIPTION(
      0xA7, "clientid", TEXT, "topic", TEXT, "identifier", U32, "options", U8),
  RESTORE_CLIENT_MSG(0xA9, queued()),
  RESTORE_WILL(0xAC, will());

  private static final @Nullable FrameType[] BY_CODE = new @Nullable FrameType[256];

  static {
    for (var type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;
  private final Map<String, Kind> fields = new LinkedHashMap<>();

  FrameType(int code, Object... namesAndKinds) {
    this.code = code;
    for (var i = 0; i < namesAndKinds.length; i += 2) {
      fields.put((String) namesAndKinds[i], (Kind) namesAndKinds[i + 1]);
    }
  }

  /** As it stands in a frame. */
  public int code() {
    return code;
  }

  Map<String, Kind> fields() {
    return fields;
  }

  /** The type with a code. */
  static Optional<FrameType> of(int code) {
    return Optional.ofNullable(BY_CODE[code]);
  }

  /** Whether a code is that of a numbered event, a change of the broker's state. */
  static boolean isEvent(int code) {
    return code >= 0x20 && code <= 0x3F;
  }

  private static Object[] message(Object... first) {
    return then(
        first,
        "store_id", U64, "expiry_time", I64, "topic", TEXT, "payload", BYTES, "source_id", TEXT,
        "source_username", TEXT, "source_mid", U16, "source_port", U16, "qos", U8, "retain", U8,
        "properties", BYTES);
  }

  private static Object[] client(Object... first) {
    return then(
        first,
        "clientid", TEXT, "username", TEXT, "auth_method", TEXT, "will_delay_time", I64,
        "session_expiry_time", I64, "will_delay_interval", U32, "session_expiry_interval", U32,
        "max_packet_size", U32, "listener_port", U16, "max_qos", U8, "retain_available", U8);
  }

  private static Object[] queued(Object... first) {
    return then(
        first,
        "clientid", TEXT, "cmsg_id", U64, "store_id", U64, "identifier", U32, "mid", U16, "qos",
        U8, "retain", U8, "dup", U8, "direction", U8, "state", U8);
  }

  private static Object[] will(Object... first) {
    return then(
        first,
        "clientid", TEXT, "topic", TEXT, "payload", BYTES, "qos", U8, "retain", U8, "properties",
        BYTES);
  }

  private static Object[] then(Object[] first, Object... rest) {
    var all = new Object[first.length + rest.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(rest, 0, all, first.length, rest.length);
    return all;
  }
}
