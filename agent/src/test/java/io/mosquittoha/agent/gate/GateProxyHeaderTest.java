package io.mosquittoha.agent.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** HAProxy's proxy-protocol.txt, section 2.2. */
class GateProxyHeaderTest {

  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  @Test
  void an_ipv4_header_reads_as_specified() throws IOException {
    assertThat(
            header(
                new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 50_000),
                new InetSocketAddress(InetAddress.getByName("198.51.100.2"), 1_884)))
        .isEqualTo(SIGNATURE + "21" + "11" + "000c" + "c0000201" + "c6336402" + "c350" + "075c");
  }

  @Test
  void an_ipv6_header_reads_as_specified() throws IOException {
    assertThat(
            header(
                new InetSocketAddress(InetAddress.getByName("2001:db8::1"), 50_000),
                new InetSocketAddress(InetAddress.getByName("2001:db8::2"), 1_884)))
        .isEqualTo(
            SIGNATURE
                + "21"
                + "21"
                + "0024"
                + "20010db8000000000000000000000001"
                + "20010db8000000000000000000000002"
                + "c350"
                + "075c");
  }

  @Test
  void the_header_comes_before_the_client_s_bytes() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, new Port(0, broker.address(), true), Addresses.loopback(1));
        var client = Client.of(gate.addresses().getFirst())) {
      client.say("CONNECT");
      var end = broker.next();
      assertThat(HexFormat.of().formatHex(end.bytes(28)))
          .isEqualTo(
              SIGNATURE
                  + "21"
                  + "11"
                  + "000c"
                  + "7f000001"
                  + "7f000001"
                  + "%04x".formatted(client.localPort())
                  + "%04x".formatted(gate.addresses().getFirst().getPort()));
      assertThat(end.hear(7)).isEqualTo("CONNECT");
    }
  }

  @Test
  void the_header_comes_before_the_client_s_bytes_overIpv6() throws IOException {
    var loopback = InetAddress.getByName("::1");
    assumeTrue(NetworkInterface.getByInetAddress(loopback) != null, "there is no ::1 here");
    try (var broker = StubBroker.silent();
        var gate = gate(broker, new Port(0, broker.address(), true), loopback);
        var client = Client.of(gate.addresses().getFirst())) {
      client.say("CONNECT");
      var end = broker.next();
      assertThat(HexFormat.of().formatHex(end.bytes(52)))
          .isEqualTo(
              SIGNATURE
                  + "21"
                  + "21"
                  + "0024"
                  + "00000000000000000000000000000001".repeat(2)
                  + "%04x".formatted(client.localPort())
                  + "%04x".formatted(gate.addresses().getFirst().getPort()));
      assertThat(end.hear(7)).isEqualTo("CONNECT");
    }
  }

  @Test
  void a_header_that_came_with_the_bytes_passes_unread() {
    try (var broker = StubBroker.silent();
        var gate = gate(broker, new Port(0, broker.address(), false), Addresses.loopback(1));
        var client = Client.of(gate.addresses().getFirst())) {
      client.say("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nCONNECT");
      assertThat(broker.next().hear(43))
          .isEqualTo("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nCONNECT");
    }
  }

  private static String header(InetSocketAddress client, InetSocketAddress gate) {
    var bytes = ByteBuffer.allocate(ProxyHeader.LONGEST);
    ProxyHeader.put(bytes, client, gate);
    return HexFormat.of().formatHex(bytes.array(), 0, bytes.position());
  }

  private static Gate gate(StubBroker broker, Port port, InetAddress address) {
    var ledger = new Ledger();
    var gate = new Gate(GateSettings.of(List.of(port)).withAddress(address), ledger);
    gate.route(new Route.Serve());
    return gate;
  }
}
