/**
 * Conversations with brokers over MQTT 5: the control interface, what is published, what brokers
 * say of themselves. {@link Connection} is one connection; everything else is made of it.
 */
@NullMarked
package io.mosquittoha.management.mqtt;

import org.jspecify.annotations.NullMarked;
