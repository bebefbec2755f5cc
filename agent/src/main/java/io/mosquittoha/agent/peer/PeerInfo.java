package io.mosquittoha.agent.peer;

import java.net.InetAddress;
import java.time.Instant;

/**
 * A member that this one can send to, for people and metrics.
 *
 * @param address where it is
 * @param version of its software
 * @param revision of its pod
 * @param connectedSince when this member reached it
 */
public record PeerInfo(
    String name,
    String incarnation,
    InetAddress address,
    String version,
    String revision,
    Instant connectedSince) {}
