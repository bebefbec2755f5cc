/** HTTP: routes and who may use them, pages, the REST interface, what is pushed to browsers. */
@NullMarked
package io.mosquittoha.management.web;

import org.jspecify.annotations.NullMarked;
