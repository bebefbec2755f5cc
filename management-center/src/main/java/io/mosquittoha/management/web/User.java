package io.mosquittoha.management.web;

import java.time.Instant;
import java.util.Optional;

/**
 * Somebody who logs in with a password.
 *
 * @param enabled whether they may log in
 * @param mustChange whether they have to choose another password first
 */
public record User(
    String name,
    Role role,
    boolean enabled,
    boolean mustChange,
    Instant created,
    Optional<Instant> lastLogin) {}
