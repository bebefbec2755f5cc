package io.mosquittoha.agent.state;

import io.mosquittoha.agent.link.Fields;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A client as it was when somebody asked: what can be looked at while the state goes on. Its records
 * are never changed, only replaced.
 */
record Candidate(
    String id,
    byte @Nullable [] session,
    byte @Nullable [] connection,
    long since,
    int subscriptions,
    int queued) {

  private static final long NEVER = 0xFFFFFFFFL; // a session that does not expire

  boolean matches(String search) {
    if (search.isEmpty() || has(id, search)) {
      return true;
    }
    var record = connection == null ? session : connection;
    if (record == null) {
      return false;
    }
    var fields = fields(record);
    fields.skip();
    return has(fields.text(), search) || connection != null && has(fields.text(), search);
  }

  private static boolean has(String text, String search) {
    var last = text.length() - search.length();
    for (int i = 0; i <= last; i++) {
      if (text.regionMatches(true, i, search, 0, search.length())) {
        return true;
      }
    }
    return false;
  }

  ClientInfo info() {
    if (connection == null) {
      return away();
    }
    var fields = fields(connection);
    fields.skip();
    var username = fields.text();
    var address = fields.text();
    fields.u16(); // listener_port
    fields.u16(); // keepalive
    var protocol = fields.u8();
    fields.u8(); // transport
    var cleanStart = fields.u8() == 1;
    var connected = Optional.of(Instant.ofEpochMilli(since));
    return new ClientInfo(
        id, username, address, true, protocol, cleanStart, connected, subscriptions, queued);
  }

  private ClientInfo away() {
    if (session == null) {
      return new ClientInfo(id, "", "", false, 0, false, Optional.empty(), subscriptions, queued);
    }
    var fields = fields(session);
    fields.skip();
    var username = fields.text();
    fields.skip(); // auth_method
    fields.u64(); // will_delay_time
    var ends = fields.u64();
    fields.u32(); // will_delay_interval
    var interval = fields.u32();
    var left =
        ends > interval && interval > 0 && interval < NEVER
            ? Optional.of(Instant.ofEpochSecond(ends - interval))
            : Optional.<Instant>empty();
    return new ClientInfo(id, username, "", false, 0, false, left, subscriptions, queued);
  }

  private static Fields fields(byte[] record) {
    return new Fields(ByteBuffer.wrap(record, 1, record.length - 1).slice());
  }
}
