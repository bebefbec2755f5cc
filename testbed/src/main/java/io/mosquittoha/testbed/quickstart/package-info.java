/**
 * The program behind {@code ./quickstart}: it starts a cluster, installs one chart with the real
 * Helm, proves with an MQTT client from outside the cluster that it serves, and says how to use it.
 */
@NullMarked
package io.mosquittoha.testbed.quickstart;

import org.jspecify.annotations.NullMarked;
