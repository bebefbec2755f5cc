/** Brokers that the bench starts and stops itself. */
@NullMarked
package io.mosquittoha.bench.subject;

import org.jspecify.annotations.NullMarked;
