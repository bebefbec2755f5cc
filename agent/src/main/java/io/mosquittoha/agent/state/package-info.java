/**
 * The broker's state as its events tell it: what a broker is restored from, what followers hold, what
 * people are shown.
 */
@NullMarked
package io.mosquittoha.agent.state;

import org.jspecify.annotations.NullMarked;
