/**
 * The variants of Mosquitto HA as immutable values, and what Helm makes of them: typed Kubernetes
 * resources.
 */
@NullMarked
package io.mosquittoha.manifests;

import org.jspecify.annotations.NullMarked;
