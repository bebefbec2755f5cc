package io.mosquittoha.testbed;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Gives out ports of this machine that nothing listens on, each once. They lie below the range that
 * outgoing connections are numbered from, so that none of those takes one before it is used.
 */
final class FreePorts {

  private static final int FIRST = 20_000;
  private static final int LAST = 29_999;
  private static final int TRIES = 1_000;

  private final RandomGenerator random = RandomGenerator.getDefault();
  private final Set<Integer> given = new HashSet<>();

  int next() {
    for (var tries = 0; tries < TRIES; tries++) {
      var port = random.nextInt(FIRST, LAST + 1);
      if (isFree(port) && given.add(port)) {
        return port;
      }
    }
    throw new IllegalStateException(
        "No free port was found from %d to %d; end what listens on them".formatted(FIRST, LAST));
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
