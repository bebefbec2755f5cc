package io.mosquittoha.management.security;

/**
 * One rule of a role.
 *
 * @param topic a filter, in which {@code %c} and {@code %u} as whole levels stand for the client's
 *     id and the user's name; for the literal types the very text
 * @param priority higher is asked first; among equals, the one that was added first
 */
public record Acl(AclType type, String topic, int priority, boolean allow) {}
