package io.mosquittoha.agent.gate;

import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A port that clients come to.
 *
 * @param port where the gate listens, on all addresses; 0 lets the system choose (tests)
 * @param broker the Unix socket where the broker of this pod listens: cheaper than TCP by itself, and
 *     not to be reached from outside the container
 * @param proxyHeader whether the gate tells the broker the client's address, by a header of the
 *     PROXY protocol, version 2. Without it all bytes pass unread
 */
public record Port(int port, UnixDomainSocketAddress broker, boolean proxyHeader) {

  private static final Pattern FORM = Pattern.compile("(\\d{1,5})=(/[^\\s+]+)(\\+proxy)?");

  /** What fits into {@code sun_path}, see unix(7). */
  private static final int LONGEST_PATH = 107;

  public Port {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "gates: %d=%s: a port is a number from 1 to 65535".formatted(port, broker));
    }
    if (broker.getPath().toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
      throw new IllegalArgumentException(
          "gates: %d=%s: the path of a Unix socket has at most %d bytes"
              .formatted(port, broker, LONGEST_PATH));
    }
  }

  /**
   * What {@code gates} in the agent's properties means.
   *
   * @param text for example {@code 1883=/tmp/1883.sock,8883=/tmp/8883.sock,1884=/tmp/1884.sock+proxy}
   * @throws IllegalArgumentException if it means nothing; the message says what to write
   */
  public static List<Port> parse(String text) {
    var ports = new ArrayList<Port>();
    var taken = new HashSet<Integer>();
    var paths = new HashSet<UnixDomainSocketAddress>();
    for (var entry : text.split(",", -1)) {
      var form = FORM.matcher(entry.strip());
      if (!form.matches()) {
        throw new IllegalArgumentException(
            ("gates: \"%s\" is not PORT=/PATH or PORT=/PATH+proxy, with the path of the broker's"
                    + " Unix socket; write for example 1883=/tmp/1883.sock,1884=/tmp/1884.sock+proxy")
                .formatted(entry.strip()));
      }
      var port =
          new Port(
              Integer.parseInt(form.group(1)),
              UnixDomainSocketAddress.of(Path.of(form.group(2))),
              form.group(3) != null);
      if (port.port() != 0 && !taken.add(port.port())) {
        throw new IllegalArgumentException(
            "gates: port %d stands there twice; name each port once".formatted(port.port()));
      }
      if (!paths.add(port.broker())) {
        throw new IllegalArgumentException(
            "gates: %s stands there twice; each port has a socket of its own"
                .formatted(port.broker()));
      }
      ports.add(port);
    }
    return List.copyOf(ports);
  }
}
