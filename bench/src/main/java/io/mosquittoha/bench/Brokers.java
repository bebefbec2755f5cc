package io.mosquittoha.bench;

import io.mosquittoha.bench.machine.Processes;
import io.mosquittoha.bench.mqtt.Identity;
import io.mosquittoha.bench.mqtt.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Where the brokers are, who logs in, and which processes are watched; options that most commands
 * have.
 */
final class Brokers {
  @Option(
      names = {"-b", "--broker"},
      paramLabel = "HOST:PORT",
      split = ",",
      defaultValue = "127.0.0.1:1883",
      description = "a broker; several: clients are spread over them (default: ${DEFAULT-VALUE})")
  private List<String> brokers = new ArrayList<>();

  @Option(names = "--username", paramLabel = "NAME", description = "logs in with this name")
  private @Nullable String username;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "whose first line is the password")
  private @Nullable Path passwordFile;

  @Option(
      names = "--pids",
      paramLabel = "PID",
      split = ",",
      description =
          "processes under test, whose processor time and memory are measured, with their children")
  private List<Long> pids = new ArrayList<>();

  @Option(
      names = "--pid-file",
      paramLabel = "FILE",
      description = "a file with such process ids, one a line")
  private @Nullable Path pidFile;

  @Option(
      names = "--mqtt",
      paramLabel = "3|5",
      defaultValue = "3",
      description = "MQTT 3.1.1 or 5 (default: ${DEFAULT-VALUE})")
  private int mqtt = 3;

  List<Target> targets() {
    return brokers.stream().map(Target::parse).toList();
  }

  Identity.Credentials credentials() throws IOException {
    if (passwordFile == null) {
      return new Identity.Credentials(username, null);
    }
    var lines = Files.readAllLines(passwordFile);
    if (lines.isEmpty()) {
      throw new IllegalArgumentException(
          passwordFile + " is empty: its first line has to be the password");
    }
    return new Identity.Credentials(username, lines.getFirst());
  }

  /** As in CONNECT. */
  int version() {
    return switch (mqtt) {
      case 3 -> 4;
      case 5 -> 5;
      default -> throw new IllegalArgumentException("--mqtt is 3 or 5, not " + mqtt);
    };
  }

  Processes processes() throws IOException {
    var all = new ArrayList<>(pids);
    if (pidFile != null) {
      all.addAll(Processes.read(pidFile));
    }
    return new Processes(all);
  }
}
