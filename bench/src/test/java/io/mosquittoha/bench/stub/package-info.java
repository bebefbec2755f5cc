/** A broker for tests, small enough to be told which mistakes to make. */
@NullMarked
package io.mosquittoha.bench.stub;

import org.jspecify.annotations.NullMarked;
