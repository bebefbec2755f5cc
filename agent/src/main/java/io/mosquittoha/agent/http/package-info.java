/**
 * What the agent says of itself by HTTP: to HAProxy and kubelet whether clients may come, to
 * Prometheus its figures, to operators and the management center the cluster, and what these may
 * have it do.
 */
@NullMarked
package io.mosquittoha.agent.http;

import org.jspecify.annotations.NullMarked;
