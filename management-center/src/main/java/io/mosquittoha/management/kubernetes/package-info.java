/** The release's objects in Kubernetes: scale, restart, logs. Goes on without, and says what is missing. */
@NullMarked
package io.mosquittoha.management.kubernetes;

import org.jspecify.annotations.NullMarked;
