/**
 * A Kubernetes to test on. {@link io.mosquittoha.testbed.Cluster} starts one on any machine, out of
 * rancher/k3s where that image can be pulled and out of the project's own node image where it
 * cannot, and lends out its nodes, so that tests can lose them.
 */
@NullMarked
package io.mosquittoha.testbed;

import org.jspecify.annotations.NullMarked;
