package io.mosquittoha.agent.gate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A port that clients come to.
 *
 * @param port where the gate listens, on all addresses; 0 lets the system choose (tests)
 * @param brokerPort where the broker of this pod listens, on 127.0.0.1
 * @param proxyHeader whether the gate tells the broker the client's address, by a header of the
 *     PROXY protocol, version 2. Without it all bytes pass unread
 */
public record Port(int port, int brokerPort, boolean proxyHeader) {

  private static final Pattern FORM = Pattern.compile("(\\d{1,5})=(\\d{1,5})(\\+proxy)?");

  public Port {
    if (port < 0 || port > 65_535 || brokerPort < 1 || brokerPort > 65_535) {
      throw new IllegalArgumentException(
          "gates: %d=%d: a port is a number from 1 to 65535".formatted(port, brokerPort));
    }
    if (port == brokerPort) {
      throw new IllegalArgumentException(
          ("gates: %d=%d: the gate and the broker cannot listen on one port;"
                  + " give the broker another, for example %d")
              .formatted(port, brokerPort, port < 40_000 ? port + 20_000 : port - 20_000));
    }
  }

  /**
   * What {@code gates} in the agent's properties means.
   *
   * @param text for example {@code 1883=21883,8883=28883,1884=21884+proxy}
   * @throws IllegalArgumentException if it means nothing; the message says what to write
   */
  public static List<Port> parse(String text) {
    var ports = new ArrayList<Port>();
    var taken = new HashSet<Integer>();
    for (var entry : text.split(",", -1)) {
      var form = FORM.matcher(entry.strip());
      if (!form.matches()) {
        throw new IllegalArgumentException(
            ("gates: \"%s\" is not PORT=BROKERPORT or PORT=BROKERPORT+proxy;"
                    + " write for example 1883=21883,8883=28883,1884=21884+proxy")
                .formatted(entry.strip()));
      }
      var port =
          new Port(
              Integer.parseInt(form.group(1)),
              Integer.parseInt(form.group(2)),
              form.group(3) != null);
      if (port.port() != 0 && !taken.add(port.port())) {
        throw new IllegalArgumentException(
            "gates: port %d stands there twice; name each port once".formatted(port.port()));
      }
      ports.add(port);
    }
    return List.copyOf(ports);
  }
}
