package io.mosquittoha.management.web;

/**
 * Who asks.
 *
 * @param name the user's name, or the token's
 * @param role what they may do
 * @param from the address that the request came from
 */
public record Person(String name, Role role, String from) {}
