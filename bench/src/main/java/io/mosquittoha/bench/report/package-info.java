/** One result, as text, as JSON and as a page with charts. */
@NullMarked
package io.mosquittoha.bench.report;

import org.jspecify.annotations.NullMarked;
