package io.mosquittoha.agent.state;

/** A subscription, for people. */
public record SubscriptionInfo(String client, String filter, int qos) {}
