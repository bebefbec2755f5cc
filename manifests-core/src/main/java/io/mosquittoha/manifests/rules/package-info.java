/** What every rendering must keep, whatever its values. */
@NullMarked
package io.mosquittoha.manifests.rules;

import org.jspecify.annotations.NullMarked;
