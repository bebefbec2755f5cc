package io.mosquittoha.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BrokerTopicsTest {

  private ServerSocket broker;
  private BrokerTopics topics;
  private final List<Socket> clients = new CopyOnWriteArrayList<>();
  private final List<String> logins = new CopyOnWriteArrayList<>();
  private volatile int connackCode;
  private volatile byte granted;
  private volatile boolean answering = true;
  private final AtomicInteger pings = new AtomicInteger();
  private volatile Map<String, String> retained =
      Map.of("$SYS/broker/clients/total", "3", "$SYS/broker/uptime", "7 seconds");

  @BeforeEach
  void start() throws IOException {
    broker = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
    topics =
        new BrokerTopics(
            (InetSocketAddress) broker.getLocalSocketAddress(),
            "$health-m-0-figures",
            () -> "pässword");
  }

  @AfterEach
  void stop() throws IOException {
    topics.close();
    broker.close();
    for (var client : clients) {
      client.close();
    }
  }

  private void serve() {
    try {
      while (true) {
        var client = broker.accept();
        clients.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException e) {
      // The test is over.
    }
  }

  private void serve(Socket client) {
    try (client) {
      var in = new DataInputStream(client.getInputStream());
      var out = new DataOutputStream(client.getOutputStream());
      in.readUnsignedByte();
      in.skipNBytes(1);
      in.readUTF();
      in.skipNBytes(2);
      var keepAlive = in.readUnsignedShort();
      logins.add(in.readUTF() + " " + in.readUTF() + " " + in.readUTF());
      // As Mosquitto does with max_keepalive 10.
      var code = keepAlive == 0 || keepAlive > 10 ? 2 : connackCode;
      out.write(new byte[] {0x20, 2, 0, (byte) code});
      if (code != 0) {
        return;
      }
      in.readUnsignedByte();
      var length = in.readUnsignedByte() & 0x7F;
      length |= in.readUnsignedByte() << 7;
      var filters = new DataInputStream(new java.io.ByteArrayInputStream(in.readNBytes(length)));
      filters.readShort();
      var suback = new ByteArrayOutputStream();
      while (filters.available() > 0) {
        assertThat(filters.readUTF()).startsWith("$SYS/broker/").doesNotContain("log");
        filters.readByte();
        suback.write(granted);
      }
      out.write(0x90);
      out.write(suback.size() + 2);
      out.writeShort(1);
      suback.writeTo(out);
      for (var topic : new java.util.TreeMap<>(retained).entrySet()) {
        publish(client, topic.getKey(), topic.getValue());
      }
      while (in.readUnsignedShort() == 0xC000) {
        pings.incrementAndGet();
        if (answering) {
          out.writeShort(0xD000);
        }
      }
    } catch (IOException e) {
      // It went.
    }
  }

  private static void publish(Socket to, String topic, String value) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeUTF(topic);
    out.writeBytes(value);
    var packet = new ByteArrayOutputStream();
    packet.write(0x31);
    var length = bytes.size();
    if (length > 127) {
      packet.write(length % 128 | 0x80);
    }
    packet.write(length > 127 ? length / 128 : length);
    bytes.writeTo(packet);
    to.getOutputStream().write(packet.toByteArray());
  }

  @Test
  void values_whenTheBrokerSaysThem_thenTheyAreThereAtTheFirstTime() {
    assertThat(topics.values()).isEqualTo(Map.of("clients/total", "3", "uptime", "7 seconds"));
    assertThat(logins).containsExactly("$health-m-0-figures admin pässword");
  }

  @Test
  void values_whenTheyChange_thenTheNewOnesAreThereOnTheSameConnection() throws IOException {
    topics.values();
    publish(clients.getFirst(), "$SYS/broker/clients/total", "4");
    publish(clients.getFirst(), "$SYS/broker/x", "v".repeat(201));
    publish(clients.getFirst(), "other/topic", "1");
    publish(clients.getFirst(), "$SYS/broker/long", "v".repeat(200));
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() ->
            assertThat(topics.values())
                .isEqualTo(
                    Map.of(
                        "clients/total", "4",
                        "uptime", "7 seconds",
                        "long", "v".repeat(200))));
    assertThat(clients).hasSize(1);
  }

  @Test
  void values_whenTheBrokerWasReplaced_thenOldOnesAreNotTold() throws IOException {
    topics.values();
    retained = Map.of("$SYS/broker/uptime", "1 seconds");
    clients.getFirst().close();
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> topics.values().equals(Map.of("uptime", "1 seconds")));
    assertThat(clients).hasSize(2);
  }

  @Test
  void values_whenThisBrokerDoesNotServeAnyMore_thenTheConnectionIsClosed() {
    topics.values();
    topics.disconnect();
    await().atMost(Duration.ofSeconds(5)).until(clients.getFirst()::isClosed);
  }

  @Test
  void values_whenTheBrokerSaysNothingForLong_thenItIsAskedForASign() {
    topics.values();
    await().until(() -> pings.get() >= 2);
    assertThat(topics.values()).containsEntry("clients/total", "3");
    assertThat(clients).hasSize(1);
  }

  @Test
  void values_whenTheBrokerGivesNoSign_thenItIsLeft() {
    answering = false;
    topics.values();
    await().atMost(Duration.ofSeconds(15)).until(clients.getFirst()::isClosed);
  }

  @Test
  void values_whenTheAccountMayNot_thenThereAreNone() {
    granted = (byte) 0x80;
    assertThat(topics.values()).isEmpty();
  }

  @Test
  void values_whenTheLoginIsRefused_thenThereAreNone() {
    connackCode = 5;
    assertThat(topics.values()).isEmpty();
  }

  @Test
  void values_whenTheLoginIsRefusedAgain_thenItIsToldOnce() {
    var told = new CopyOnWriteArrayList<String>();
    var logger = Logger.getLogger(BrokerTopics.class.getName());
    logger.setFilter(line -> !told.add(line.getMessage()));
    try {
      connackCode = 5;
      topics.values();
      assertThat(told).isEmpty();
      await()
          .until(() -> {
            topics.values();
            return !told.isEmpty();
          });
      for (int i = 0; i < 5; i++) {
        topics.values();
      }
      assertThat(told).hasSize(1);
    } finally {
      logger.setFilter(null);
    }
  }

  @Test
  void values_whenTheBrokerHangs_thenNobodyWaitsLong() {
    retained = Map.of();
    var began = System.nanoTime();
    assertThat(topics.values()).isEmpty();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void values_whenThereIsNoBroker_thenThereAreNone() throws IOException {
    InetSocketAddress nowhere;
    try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nowhere = (InetSocketAddress) unused.getLocalSocketAddress();
    }
    try (var nobody = new BrokerTopics(nowhere, "x", () -> "")) {
      assertThat(nobody.values()).isEmpty();
    }
  }
}
