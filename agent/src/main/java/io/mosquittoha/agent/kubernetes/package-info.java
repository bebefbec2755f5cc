/** Where the view is kept: in an object of Kubernetes, or in a file if there is one member only. */
@NullMarked
package io.mosquittoha.agent.kubernetes;

import org.jspecify.annotations.NullMarked;
