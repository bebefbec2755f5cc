package io.mosquittoha.management.security;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Mosquitto with dynamic security, as {@code broker/} builds it; tests that need one are skipped
 * where it was not built. {@code BROKER_BUILD} names the folder, if it is another one.
 */
final class RealBroker implements BeforeAllCallback, AfterAllCallback {

  static final String PASSWORD = "a-password-for-tests";

  private Path folder = Path.of("");
  private int port;
  private ProcessHandle process = ProcessHandle.current();

  int port() {
    return port;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    var build = build();
    var binary = build.resolve("src/mosquitto");
    var plugin = build.resolve("plugins/dynamic-security/mosquitto_dynamic_security.so");
    assumeTrue(
        Files.isExecutable(binary) && Files.exists(plugin),
        "there is no broker at " + binary + ": build broker/ first");
    folder = Files.createTempDirectory("real-broker");
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    var configuration = folder.resolve("mosquitto.conf");
    Files.writeString(
        configuration,
        """
        user %s
        listener %d 127.0.0.1
        allow_anonymous true
        set_tcp_nodelay true
        plugin %s
        plugin_opt_config_file %s
        """
            .formatted(
                System.getProperty("user.name"),
                port,
                plugin,
                folder.resolve("dynamic-security.json")));
    var builder =
        new ProcessBuilder(binary.toString(), "-c", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    builder.environment().putAll(environment(build));
    process = builder.start().toHandle();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(this::listens);
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (process.equals(ProcessHandle.current())) {
      return;
    }
    process.destroyForcibly();
    process.onExit().join();
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }

  private static Map<String, String> environment(Path build) {
    return Map.of(
        "MOSQUITTO_DYNSEC_PASSWORD",
        PASSWORD,
        "LD_LIBRARY_PATH",
        build.resolve("lib") + ":" + build.resolve("libcommon"));
  }

  private static Path build() {
    var named = System.getenv("BROKER_BUILD");
    if (named != null) {
      return Path.of(named);
    }
    var folder = Path.of("").toAbsolutePath();
    while (folder.getParent() != null && !Files.isDirectory(folder.resolve("broker"))) {
      folder = folder.getParent();
    }
    return folder.resolve("broker/build/patched");
  }

  private boolean listens() {
    if (!process.isAlive()) {
      throw new IllegalStateException("the broker ended: look at " + folder.resolve("log"));
    }
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
