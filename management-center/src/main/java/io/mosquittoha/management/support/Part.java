package io.mosquittoha.management.support;

import java.util.concurrent.Callable;

/**
 * One file of a support bundle.
 *
 * @param name its path in the bundle
 * @param content text, or an object that becomes JSON; asked for when the bundle is made. If it
 *     throws, the bundle says so and goes on
 */
public record Part(String name, Callable<?> content) {}
