/**
 * Who leads, and how every member comes to have what the leader acknowledged: primary/backup with an
 * in-sync set, in numbered epochs (the pattern of PacificA, Microsoft Research 2008, and of Kafka's
 * in-sync replicas). Nothing here does I/O: the view's store, the way to the others, the disk and the
 * clock are interfaces, so that all of it can be simulated.
 */
@NullMarked
package io.mosquittoha.agent.replication;

import org.jspecify.annotations.NullMarked;
