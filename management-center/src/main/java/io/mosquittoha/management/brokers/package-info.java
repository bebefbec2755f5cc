/**
 * One broker: what it does, its pod and log; and what can be done to brokers through Kubernetes.
 */
@NullMarked
package io.mosquittoha.management.brokers;

import org.jspecify.annotations.NullMarked;
