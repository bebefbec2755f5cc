package io.mosquittoha.agent.gate;

import java.net.InetAddress;

/** Where clients are led. */
public sealed interface Route {

  /** To the broker of this pod, which leads. */
  record Serve() implements Route {}

  /**
   * To the same port of the agent beside the leader, byte for byte.
   *
   * @param leader its address
   */
  record Relay(InetAddress leader) implements Route {}

  /** Nowhere yet: attempts are held until it is known who leads. */
  record Hold() implements Route {}

  /**
   * Nowhere: attempts are closed.
   *
   * @param why for the log
   */
  record Refuse(String why) implements Route {}
}
