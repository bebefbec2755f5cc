/**
 * What is published at present: a tree of topics, of which only what somebody looks at is heard.
 */
@NullMarked
package io.mosquittoha.management.topics;

import org.jspecify.annotations.NullMarked;
