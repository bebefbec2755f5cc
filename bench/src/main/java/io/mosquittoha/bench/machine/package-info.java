/** What the operating system knows: processor time and memory of processes, hooks that are run. */
@NullMarked
package io.mosquittoha.bench.machine;

import org.jspecify.annotations.NullMarked;
