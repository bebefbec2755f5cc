/**
 * The broker at this agent's side: its process, the socket over which its plugin tells every change
 * of its state, and the file in which it counts them. The protocol is broker/PROTOCOL.md.
 */
@NullMarked
package io.mosquittoha.agent.link;

import org.jspecify.annotations.NullMarked;
