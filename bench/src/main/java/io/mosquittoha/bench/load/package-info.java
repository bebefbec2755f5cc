/** Publishes and receives under load, and says how much and how fast. */
@NullMarked
package io.mosquittoha.bench.load;

import org.jspecify.annotations.NullMarked;
