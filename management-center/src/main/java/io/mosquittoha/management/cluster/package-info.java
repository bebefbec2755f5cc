/** The cluster as its agents tell it, and what it can be told to do; pages about it. */
@NullMarked
package io.mosquittoha.management.cluster;

import org.jspecify.annotations.NullMarked;
