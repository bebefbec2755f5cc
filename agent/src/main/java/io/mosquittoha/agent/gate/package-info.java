/**
 * Between clients and the broker. What a client says goes to the broker at once; what the broker
 * says is held until every change of state that it made before is committed.
 */
@NullMarked
package io.mosquittoha.agent.gate;

import org.jspecify.annotations.NullMarked;
