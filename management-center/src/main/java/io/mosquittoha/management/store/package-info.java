/** What outlives a restart: one SQLite file on the volume. */
@NullMarked
package io.mosquittoha.management.store;

import org.jspecify.annotations.NullMarked;
