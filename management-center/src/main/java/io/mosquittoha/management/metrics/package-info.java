/** Figures over time: collected from agents, kept for a day, drawn, and offered to Prometheus. */
@NullMarked
package io.mosquittoha.management.metrics;

import org.jspecify.annotations.NullMarked;
