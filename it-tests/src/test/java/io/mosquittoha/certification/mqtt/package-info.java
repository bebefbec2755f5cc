/** MQTT clients as a user has them: Eclipse Paho, version 3.1.1 and 5, over every transport. */
@NullMarked
package io.mosquittoha.certification.mqtt;

import org.jspecify.annotations.NullMarked;
