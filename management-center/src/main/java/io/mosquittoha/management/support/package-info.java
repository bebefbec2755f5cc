/** What somebody needs who is to find a fault from afar: one file, without secrets. */
@NullMarked
package io.mosquittoha.management.support;

import org.jspecify.annotations.NullMarked;
