/**
 * Reads records as trees of values: to and from YAML, into a closed JSON schema, into the tables of
 * the charts' READMEs.
 */
@NullMarked
package io.mosquittoha.manifests.schema;

import org.jspecify.annotations.NullMarked;
