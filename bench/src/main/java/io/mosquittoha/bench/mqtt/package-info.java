/**
 * MQTT clients at the level of packets: what was sent and acknowledged is decided here and by no
 * library.
 */
@NullMarked
package io.mosquittoha.bench.mqtt;

import org.jspecify.annotations.NullMarked;
