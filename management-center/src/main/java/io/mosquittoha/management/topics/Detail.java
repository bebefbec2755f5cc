package io.mosquittoha.management.topics;

import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Payload;
import java.time.Instant;

/**
 * A topic's last message.
 *
 * @param id of its line in the tree
 * @param message with as much of its payload as is kept
 * @param retained whether the broker keeps one, as far as was heard
 * @param rate messages per second, lately
 */
public record Detail(
    long id,
    Message message,
    Payload value,
    boolean retained,
    Instant at,
    long count,
    double rate) {}
