package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The image's HAProxy with the chart's own files, in front of brokers that fail in several ways.
 */
class HaProxyIT {

  private static final ImageFileSystem HAPROXY = new ImageFileSystem("haproxy");
  private static final ConfigFiles FILES =
      ConfigFiles.of(Rendering.of(HighAvailability.defaults(), Release.named("plant")));
  private static final List<String> ADDRESSES = List.of("127.18.83.1", "127.18.83.2");
  private static final int DOOR = 28_183;
  private static final int HEALTH = 28_184;

  @TempDir private Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private TrialBroker first;
  private TrialBroker second;

  @BeforeAll
  static void the_image_is_built() throws IOException, InterruptedException {
    var obstacle = HAPROXY.obstacle();
    assumeTrue(
        obstacle.isEmpty(),
        () -> "HAProxy cannot be run: " + obstacle.orElse("") + "; run images/build as root first");
  }

  @BeforeEach
  void there_are_two_brokers() throws IOException {
    first = opened(new TrialBroker(ADDRESSES.get(0)));
    second = opened(new TrialBroker(ADDRESSES.get(1)));
  }

  @AfterEach
  void close() throws Exception {
    for (var each : opened.reversed()) {
      each.close();
    }
  }

  @Test
  void sends_clients_to_the_leader() throws Exception {
    first.serving();
    second.serving().leading();
    start(UnaryOperator.identity());
    for (var i = 0; i < 20; i++) {
      assertThat(ask("hello")).isEqualTo("hello " + second.address());
    }
  }

  @Test
  void leads_clients_to_any_broker_while_nobody_leads() throws Exception {
    first.serving();
    start(UnaryOperator.identity());
    assertThat(ask("hello")).isEqualTo("hello " + first.address());
  }

  @Test
  void leads_a_client_whom_the_leader_refuses_to_another_broker_at_once() throws Exception {
    first.leading(); // and has no door
    second.serving();
    start(UnaryOperator.identity());
    for (var i = 0; i < 20; i++) {
      assertThat(ask("hello")).isEqualTo("hello " + second.address());
    }
  }

  @Test
  void leads_a_client_whom_the_leader_does_not_answer_to_another_broker() throws Exception {
    first.unreachable().leading();
    second.serving();
    start(UnaryOperator.identity());
    assertThat(ask("hello")).isEqualTo("hello " + second.address());
  }

  @Test
  void lets_go_of_the_clients_of_a_frozen_broker() throws Exception {
    first.serving().leading();
    second.serving();
    start(UnaryOperator.identity());
    try (var client = client()) {
      assertThat(ask(client, "hello")).isEqualTo("hello " + first.address());
      first.frozen();
      TimeUnit.SECONDS.sleep(1);
      second.leading();
      assertThat(ask(client, "are you there?")).isEqualTo("(ended)");
    }
    assertThat(ask("hello")).isEqualTo("hello " + second.address());
  }

  @Test
  void keeps_the_clients_of_a_broker_that_is_too_busy_to_be_checked_while_nobody_else_leads()
      throws Exception {
    first.serving().leading();
    second.serving();
    start(UnaryOperator.identity());
    try (var client = client()) {
      assertThat(ask(client, "hello")).isEqualTo("hello " + first.address());
      first.busy();
      TimeUnit.SECONDS.sleep(2);
      assertThat(ask(client, "hello again")).isEqualTo("hello again " + first.address());
    }
  }

  @Test
  void forgets_no_client_that_is_just_connecting_when_its_broker_goes_down() throws Exception {
    assertThat(askedWhileTheLeaderGoesDown(UnaryOperator.identity()))
        .containsOnly("hello " + second.address());
  }

  /** When this fails, HAProxy has been mended, and sessions.lua has had its day. */
  @Test
  void would_forget_them_if_it_ended_sessions_by_itself() throws Exception {
    assertThat(
            askedWhileTheLeaderGoesDown(
                config -> config.replace(" rise 1", " rise 1 on-marked-down shutdown-sessions")))
        .contains("(silence)");
  }

  private List<String> askedWhileTheLeaderGoesDown(UnaryOperator<String> change) throws Exception {
    first.unreachable().leading();
    second.serving();
    start(change);
    var asked = new ArrayList<Callable<String>>();
    for (var i = 0; i < 30; i++) {
      var delay = i * 10;
      asked.add(() -> {
        TimeUnit.MILLISECONDS.sleep(delay);
        return ask("hello");
      });
    }
    asked.add(() -> {
      TimeUnit.MILLISECONDS.sleep(100);
      first.deposed();
      return "hello " + second.address();
    });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<String>();
      for (var future : threads.invokeAll(asked)) {
        answers.add(future.get());
      }
      return answers;
    }
  }

  private <T extends AutoCloseable> T opened(T each) {
    opened.add(each);
    return each;
  }

  private void start(UnaryOperator<String> change) throws IOException, InterruptedException {
    Files.writeString(
        folder.resolve("haproxy.cfg"), change.apply(here(FILES.haproxy().orElseThrow())));
    Files.writeString(folder.resolve("sessions.lua"), FILES.sessions().orElseThrow());
    var log = Files.createTempFile("haproxy-", ".log");
    var process =
        HAPROXY.start(
            List.of(folder + ":/etc/haproxy"),
            List.of("/usr/sbin/haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg"),
            log);
    opened.add(() -> {
      process.destroyForcibly().waitFor();
      Files.delete(log);
    });
    // Once it has found a ready broker, one round of checks later it knows the leader too.
    for (var attempt = 0; attempt < 200 && !isReady(); attempt++) {
      TimeUnit.MILLISECONDS.sleep(50);
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
    }
    TimeUnit.MILLISECONDS.sleep(500);
  }

  /** The chart's file with this machine's addresses instead of what DNS would say. */
  private static String here(String config) {
    var text =
        config
            .replaceAll("resolvers cluster\n( {2}.*\n)+", "")
            .replaceAll("( {2}default-server) init-addr .*\n", "")
            .replace("bind :1883", "bind 127.0.0.1:" + DOOR)
            .replace("bind :8404", "bind 127.0.0.1:" + HEALTH);
    for (var prefix : List.of("leader", "any")) {
      var servers = new StringBuilder();
      for (var i = 0; i < ADDRESSES.size(); i++) {
        servers.append("  server " + prefix + "-" + i + " " + ADDRESSES.get(i) + ":1883\n");
      }
      text = text.replaceAll(" {2}server-template " + prefix + "-.*\n?", servers.toString());
    }
    return text + "\n";
  }

  private static boolean isReady() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", HEALTH), 1000);
      socket.setSoTimeout(1000);
      socket
          .getOutputStream()
          .write("GET /readyz HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return TrialBroker.line(socket).contains(" 200 ");
    } catch (IOException notYet) {
      return false;
    }
  }

  private static Socket client() throws IOException {
    var socket = new Socket("127.0.0.1", DOOR);
    socket.setSoTimeout(5000);
    return socket;
  }

  private static String ask(String what) throws IOException {
    try (var client = client()) {
      return ask(client, what);
    }
  }

  /** The answer, {@code (ended)} or {@code (silence)}. */
  private static String ask(Socket client, String what) throws IOException {
    try {
      client.getOutputStream().write((what + "\n").getBytes(StandardCharsets.US_ASCII));
      return TrialBroker.line(client);
    } catch (SocketTimeoutException e) {
      return "(silence)";
    } catch (IOException e) {
      return "(ended)";
    }
  }
}
