package io.mosquittoha.agent.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;

/** Addresses of the loopback interface: all of 127.0.0.0/8 is this machine. */
final class Addresses {

  private Addresses() {}

  static InetAddress loopback(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  static InetSocketAddress reachable(InetSocketAddress address) {
    return address.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(loopback(1), address.getPort())
        : address;
  }

  /** A Unix socket where nobody listens. */
  static UnixDomainSocketAddress freePath() {
    try {
      var path = Files.createTempFile("broker", ".sock");
      Files.delete(path);
      path.toFile().deleteOnExit();
      return UnixDomainSocketAddress.of(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
