/**
 * Clients that keep books: what was acknowledged, and what arrived. Nothing that was acknowledged
 * may be missing, whatever happens to brokers meanwhile.
 */
@NullMarked
package io.mosquittoha.certification.ledger;

import org.jspecify.annotations.NullMarked;
