package io.mosquittoha.agent.state;

/**
 * A will.
 *
 * @param record as it is given to a broker
 * @param orphan whether its client was lost with a former leader: the agent publishes it, not the
 *     broker
 * @param dueMillis since 1970, when an orphan is published
 */
record Will(byte[] record, boolean orphan, long dueMillis) {}
