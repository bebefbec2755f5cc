/** What can be said about the testbed without starting one. */
@NullMarked
package io.mosquittoha.testbed;

import org.jspecify.annotations.NullMarked;
