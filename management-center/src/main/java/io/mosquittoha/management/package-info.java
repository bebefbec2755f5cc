/** The management center: the web application in which operators see the cluster, and act. */
@NullMarked
package io.mosquittoha.management;

import org.jspecify.annotations.NullMarked;
