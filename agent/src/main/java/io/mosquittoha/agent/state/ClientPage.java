package io.mosquittoha.agent.state;

import java.util.List;

/**
 * Some of the clients that were found.
 *
 * @param total how many were found, listed or not
 */
public record ClientPage(List<ClientInfo> clients, int total) {}
