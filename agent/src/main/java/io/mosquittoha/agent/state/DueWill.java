package io.mosquittoha.agent.state;

import org.jspecify.annotations.Nullable;

/** A will that is to be published. */
public record DueWill(
    String clientid,
    String topic,
    byte @Nullable [] payload,
    int qos,
    int retain,
    byte @Nullable [] properties) {}
