/**
 * What a person can set, one record per block of {@code values.yaml}. The records are the only
 * place where a value, its default, its limits and its description stand.
 */
@NullMarked
package io.mosquittoha.manifests.values;

import org.jspecify.annotations.NullMarked;
