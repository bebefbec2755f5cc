/** Conversations with brokers over MQTT: the control interface, topics, a client for trying things out. */
@NullMarked
package io.mosquittoha.management.mqtt;

import org.jspecify.annotations.NullMarked;
