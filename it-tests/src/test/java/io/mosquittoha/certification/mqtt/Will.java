package io.mosquittoha.certification.mqtt;

/** What the broker is to publish (QoS 1) when the client vanishes. */
public record Will(String topic, String payload) {}
