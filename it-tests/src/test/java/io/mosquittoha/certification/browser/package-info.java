/** A real browser, through which the management center is looked at and used. */
@NullMarked
package io.mosquittoha.certification.browser;

import org.jspecify.annotations.NullMarked;
