/** A small MQTT client in a page, for trying things out as any account. */
@NullMarked
package io.mosquittoha.management.talk;

import org.jspecify.annotations.NullMarked;
