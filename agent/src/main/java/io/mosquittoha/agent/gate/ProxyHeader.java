package io.mosquittoha.agent.gate;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The header of the PROXY protocol, version 2, that tells a broker who its client is. */
final class ProxyHeader {

  /** Of a header with two IPv6 addresses. */
  static final int LONGEST = 52;

  private static final byte[] SIGNATURE = {
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
  };
  private static final byte VERSION_2_PROXY = 0x21;
  private static final byte TCP_OVER_IPV4 = 0x11;
  private static final byte TCP_OVER_IPV6 = 0x21;

  private ProxyHeader() {}

  /**
   * Writes the header.
   *
   * @param client where the connection comes from
   * @param gate where it was accepted
   */
  static void put(ByteBuffer to, InetSocketAddress client, InetSocketAddress gate) {
    var source = client.getAddress().getAddress();
    var destination = gate.getAddress().getAddress();
    if (source.length != destination.length) {
      throw new IllegalArgumentException(client + " and " + gate + " are of different families");
    }
    to.order(ByteOrder.BIG_ENDIAN)
        .put(SIGNATURE)
        .put(VERSION_2_PROXY)
        .put(source.length == 4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6)
        .putShort((short) (2 * source.length + 4))
        .put(source)
        .put(destination)
        .putShort((short) client.getPort())
        .putShort((short) gate.getPort());
  }
}
