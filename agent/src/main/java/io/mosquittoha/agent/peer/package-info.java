/**
 * The way to the other members: two connections between each pair, one for each direction, with
 * mutual TLS.
 */
@NullMarked
package io.mosquittoha.agent.peer;

import org.jspecify.annotations.NullMarked;
