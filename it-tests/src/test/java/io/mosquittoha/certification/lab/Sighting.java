package io.mosquittoha.certification.lab;

/**
 * Where a client was seen.
 *
 * @param broker the pod whose log names it
 * @param address the client's address as that broker logged it
 */
public record Sighting(String broker, String address) {}
