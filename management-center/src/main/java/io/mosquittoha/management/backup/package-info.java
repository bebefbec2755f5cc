/** Copies of security and of retained messages: taken, compared, put back. */
@NullMarked
package io.mosquittoha.management.backup;

import org.jspecify.annotations.NullMarked;
