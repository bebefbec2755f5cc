/**
 * The bench: load, failover, connections and a comparison with peers, for any MQTT broker. Here are
 * its commands.
 */
@NullMarked
package io.mosquittoha.bench;

import org.jspecify.annotations.NullMarked;
