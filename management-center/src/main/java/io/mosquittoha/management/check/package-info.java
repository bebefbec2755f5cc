/** Whether brokers and the entrance can be reached, and if not, which stage fails. */
@NullMarked
package io.mosquittoha.management.check;

import org.jspecify.annotations.NullMarked;
