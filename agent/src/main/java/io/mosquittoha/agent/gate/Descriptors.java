package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the process may have open at a time. A gate that took the last descriptor would take it from
 * those who ask for the leader, and a leader that cannot be asked loses all of its clients.
 */
public final class Descriptors {

  private static final System.Logger LOG = System.getLogger(Gate.class.getName());

  /** Of each connection: the client's socket and the broker's. */
  private static final int EACH = 2;

  /** For volumes, other members, those who ask, and the runtime. */
  private static final int REST = 512;

  private Descriptors() {}

  /** So many of the wanted connections as the process' limit allows; says so if they are fewer. */
  public static int connections(int wanted) {
    String limits;
    try {
      limits = Files.readString(Path.of("/proc/self/limits"));
    } catch (IOException e) {
      return wanted; // Not Linux: then it is up to whoever started it.
    }
    int possible = connections(wanted, limits);
    if (possible < wanted) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Only {0} of the {1} connections of gateConnections are possible, because each takes two of the files"
              + " that this container may open. Raise that limit (LimitNOFILE of the container runtime), or lower"
              + " gateConnections",
          possible,
          wanted);
    }
    return possible;
  }

  static int connections(int wanted, String limits) {
    return limits
        .lines()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.substring("Max open files".length()).strip().split("\\s+")[0])
        .filter(soft -> soft.matches("[0-9]{1,9}"))
        .mapToInt(Integer::parseInt)
        .map(soft -> Math.clamp((soft - REST) / EACH, 1, wanted))
        .findFirst()
        .orElse(wanted);
  }
}
