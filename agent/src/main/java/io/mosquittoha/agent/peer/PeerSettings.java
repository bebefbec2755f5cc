package io.mosquittoha.agent.peer;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How members reach each other.
 *
 * @param listen where this member is reached by others
 * @param service the domain of the members' names, for their certificates; empty: there are no
 *     others
 * @param members how many there may be at most; their names end in 0 to members - 1
 * @param tls the folder with tls.crt, tls.key and ca.crt; empty: nothing is encrypted
 * @param queueLimit bytes that may wait to be sent to a member; more ends the connection
 */
public record PeerSettings(
    InetSocketAddress listen, String service, int members, Optional<Path> tls, long queueLimit) {

  /** As many as their names have room for in what is checked when the chart is installed. */
  public static final int MOST_MEMBERS = 9;

  public PeerSettings {
    service = service.endsWith(".") ? service.substring(0, service.length() - 1) : service;
    if (members < 1 || members > MOST_MEMBERS) {
      throw new IllegalArgumentException(
          "there can be 1 to %d members, not %d".formatted(MOST_MEMBERS, members));
    }
    if (queueLimit < 1) {
      throw new IllegalArgumentException("queueLimit: %d is too small".formatted(queueLimit));
    }
  }

  /** What holds unless somebody says something else. */
  public static PeerSettings of(int port, String service, Optional<Path> tls) {
    return new PeerSettings(new InetSocketAddress(port), service, MOST_MEMBERS, tls, 128L << 20);
  }

  String hostOf(String member) {
    return service.isEmpty() ? member : member + "." + service;
  }
}
