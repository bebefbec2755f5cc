package io.mosquittoha.agent.state;

import java.time.Instant;
import java.util.Optional;

/**
 * A client, connected or not, for people.
 *
 * @param protocol of MQTT: 3, 4 or 5; 0 if it is not connected
 * @param since when it connected or left, if that is known
 */
public record ClientInfo(
    String id,
    String username,
    String address,
    boolean connected,
    int protocol,
    boolean cleanStart,
    Optional<Instant> since,
    int subscriptions,
    int queued) {}
