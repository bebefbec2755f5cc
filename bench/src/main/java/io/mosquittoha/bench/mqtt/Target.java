package io.mosquittoha.bench.mqtt;

import java.net.InetSocketAddress;

/** Where a broker listens. */
public record Target(String host, int port) {
  /** Reads {@code HOST:PORT}, {@code [IPV6]:PORT} or {@code HOST} (port 1883). */
  public static Target parse(String text) {
    var colon = text.lastIndexOf(':');
    var bare = colon < 0 || text.endsWith("]");
    var host = bare ? text : text.substring(0, colon);
    var port = bare ? "1883" : text.substring(colon + 1);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.isEmpty() || !port.matches("\\d{1,5}") || Integer.parseInt(port) > 65535) {
      throw new IllegalArgumentException("'" + text + "' is no HOST:PORT of a broker");
    }
    return new Target(host, Integer.parseInt(port));
  }

  InetSocketAddress address() {
    return new InetSocketAddress(host, port);
  }

  @Override
  public String toString() {
    return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
  }
}
