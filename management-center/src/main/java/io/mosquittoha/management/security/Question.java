package io.mosquittoha.management.security;

/**
 * May this client do this?
 *
 * @param username the account, or "" for a client that logs in without a name
 * @param topic a topic for publish and receive, a filter for subscribe and unsubscribe
 */
public record Question(String username, String clientId, Action action, String topic) {}
