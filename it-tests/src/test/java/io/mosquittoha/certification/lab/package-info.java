/**
 * What a test works with: the cluster, a namespace, releases in it, and evidence when something
 * fails.
 */
@NullMarked
package io.mosquittoha.certification.lab;

import org.jspecify.annotations.NullMarked;
