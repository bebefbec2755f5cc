package io.mosquittoha.agent.state;

import java.util.LinkedHashMap;
import java.util.Map;

/** A client that is connected. */
final class Connection {

  final byte[] record;

  /** When this member heard of it, in milliseconds since 1970. */
  final long since;

  /** Of a client without a session, whose subscriptions end with its connection. */
  final Map<String, byte[]> subscriptions = new LinkedHashMap<>(0);

  Connection(byte[] record, long since) {
    this.record = record;
    this.since = since;
  }
}
