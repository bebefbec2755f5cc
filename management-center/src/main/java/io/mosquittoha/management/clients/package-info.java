/** Clients and their sessions: found, looked at, disconnected, ended. */
@NullMarked
package io.mosquittoha.management.clients;

import org.jspecify.annotations.NullMarked;
