package io.mosquittoha.agent.peer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.Security;

/** Where a member is. Asked at each attempt to reach it, from a thread that may wait. */
@FunctionalInterface
public interface Resolver {

  /**
   * The address of a member.
   *
   * @throws UnknownHostException if there is no such member at the moment
   */
  InetSocketAddress resolve(String name) throws UnknownHostException;

  /**
   * By DNS: {@code name.service}. Nothing is cached, because a pod that was replaced has another
   * address. The JVM reads this setting at its first lookup, so this has to be called before one.
   */
  static Resolver dns(String service, int port) {
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    // With the dot at its end a name is looked up once and not in each of the pod's search domains.
    var domain = service.endsWith(".") ? service : service + ".";
    return name -> new InetSocketAddress(InetAddress.getByName(name + "." + domain), port);
  }
}
