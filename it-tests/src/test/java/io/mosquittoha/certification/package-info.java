/**
 * The certification suite. Every class installs a chart with Helm in a namespace of its own and
 * judges it with MQTT clients that are outside the cluster; a test's name is the sentence that it
 * proves.
 */
@NullMarked
package io.mosquittoha.certification;

import org.jspecify.annotations.NullMarked;
