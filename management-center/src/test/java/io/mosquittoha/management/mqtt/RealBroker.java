package io.mosquittoha.management.mqtt;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * The real Mosquitto with dynamic security, where {@code broker/} was built ({@code make -C broker
 * patched}, or {@code -Dmosquitto.build=FOLDER}); tests that need it are skipped elsewhere.
 */
public final class RealBroker implements AutoCloseable {

  /** The account with all rights but those to application topics' publishing. */
  public static final Login ADMIN = new Login("admin", "admin-secret");

  private final Path folder;
  private final int port;
  private Process process;

  private RealBroker(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  /** Starts one on a free port; the account {@code admin} may do all that roles allow. */
  public static RealBroker start(Path folder) throws IOException {
    var build = build();
    assumeTrue(
        Files.isExecutable(build.resolve("src/mosquitto")), "Mosquitto was not built in " + build);
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    var password = folder.resolve("password");
    Files.writeString(password, ADMIN.password());
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    Files.write(
        folder.resolve("mosquitto.conf"),
        List.of(
            "listener " + port + " 127.0.0.1",
            "user root",
            "allow_anonymous false",
            "max_packet_size 2000000",
            "sys_interval 1",
            "enable_control_api true",
            "plugin " + build.resolve("plugins/dynamic-security/mosquitto_dynamic_security.so"),
            "plugin_opt_config_file " + folder.resolve("dynamic-security.json"),
            "plugin_opt_password_init_file " + password));
    var broker = new RealBroker(folder, port, launch(folder));
    broker.awaitPort();
    return broker;
  }

  private static Path build() {
    return Path.of(System.getProperty("mosquitto.build", "../broker/build/patched"))
        .toAbsolutePath()
        .normalize();
  }

  private static Process launch(Path folder) throws IOException {
    return new ProcessBuilder(
            build().resolve("src/mosquitto").toString(),
            "-c",
            folder.resolve("mosquitto.conf").toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  private void awaitPort() {
    Awaitility.await("Mosquitto on port " + port)
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          try (var socket = new Socket()) {
            socket.connect(address(), 500);
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }

  public InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port);
  }

  /** The centre's account, as one of this broker. */
  public Account account() {
    return new Account(ADMIN.name(), folder.resolve("password"));
  }

  /** Its log so far. */
  public String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  /** Stops it as a crash does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Starts it again on its port. */
  public void restart() throws IOException {
    process = launch(folder);
    awaitPort();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
