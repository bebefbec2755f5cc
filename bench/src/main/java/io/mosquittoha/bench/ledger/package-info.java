/** Every acknowledged message, who received it and in which order, while brokers are killed. */
@NullMarked
package io.mosquittoha.bench.ledger;

import org.jspecify.annotations.NullMarked;
