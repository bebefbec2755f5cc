package io.mosquittoha.management.kubernetes;

/**
 * Something that the service account may do, or may not.
 *
 * @param action what it is for, like "restart a broker"
 * @param rule verb and resource, like {@code delete pods}
 * @param why why it may not, as far as is known; "" if it may
 */
public record Permission(String action, String rule, boolean granted, String why) {}
