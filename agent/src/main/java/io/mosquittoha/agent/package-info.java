/**
 * The process that supervises a broker. Here the rooms are put together; each of them stands in a
 * package of its own.
 */
@NullMarked
package io.mosquittoha.agent;

import org.jspecify.annotations.NullMarked;
