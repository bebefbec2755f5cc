package io.mosquittoha.bench.subject;

import io.mosquittoha.bench.machine.Processes;
import io.mosquittoha.bench.mqtt.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Brokers that can be started and stopped by a command with the verbs {@code up FOLDER} and {@code
 * down FOLDER}; what the command has to do is written in {@code bench/subjects/common.sh}.
 */
public record Subject(String name, Path command, Map<String, String> environment) {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String HAPROXY = "+haproxy";

  /** A subject that runs. */
  public final class Running implements AutoCloseable {
    private final Path folder;
    private final Thread emergency = new Thread(this::stop);
    private final List<Target> targets;
    private final List<Long> pids;
    private final String note;

    private Running(Path folder) throws IOException {
      this.folder = folder;
      // Also when this programme is interrupted nothing is left running.
      Runtime.getRuntime().addShutdownHook(emergency);
      try {
        execute("up", folder);
        this.targets =
            Files.readAllLines(folder.resolve("ports")).stream()
                .filter(line -> !line.isBlank())
                .map(Target::parse)
                .toList();
        this.pids = Processes.read(folder.resolve("pids"));
        this.note = Files.readString(folder.resolve("note")).strip();
      } catch (IOException | RuntimeException e) {
        close();
        throw e;
      }
    }

    public List<Target> targets() {
      return targets;
    }

    public Processes processes() {
      return new Processes(pids);
    }

    Path folder() {
      return folder;
    }

    /** What it is, and what it does before it acknowledges. */
    public String note() {
      return note;
    }

    private void stop() {
      try {
        execute("down", folder);
      } catch (IOException e) {
        throw new IllegalStateException(name + " could not be stopped", e);
      }
    }

    @Override
    public void close() throws IOException {
      stop();
      Runtime.getRuntime().removeShutdownHook(emergency);
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /**
   * One of those that the bench brings, by its name; {@code NAME+haproxy} is the same behind
   * HAProxy.
   */
  public static Subject named(String name, Path folder, Map<String, Path> others) {
    if (name.endsWith(HAPROXY)) {
      var inner = named(name.substring(0, name.length() - HAPROXY.length()), folder, others);
      return new Subject(
          name, folder.resolve("haproxy"), Map.of("INNER", inner.command().toString()));
    }
    var command = others.getOrDefault(name, folder.resolve(name));
    if (!Files.isExecutable(command)) {
      throw new IllegalArgumentException(
          "there is no subject '" + name + "': " + command + " is no programme");
    }
    return new Subject(name, command.toAbsolutePath(), Map.of());
  }

  /** Starts it, with its files in a folder that is removed in the end. */
  public Running start() throws IOException {
    return new Running(Files.createTempDirectory("bench-" + name));
  }

  private void execute(String verb, Path folder) throws IOException {
    var output = folder.resolveSibling(folder.getFileName() + "." + verb);
    var builder =
        new ProcessBuilder(command.toString(), verb, folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(Path.of("/dev/null").toFile());
    builder.environment().putAll(environment);
    var process = builder.start();
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroy();
        throw new IllegalStateException(
            name + ": '" + verb + "' did not end within " + PATIENCE.toMinutes() + " min");
      }
      if (process.exitValue() != 0) {
        throw new IllegalStateException(
            name + ": '" + verb + "' failed: " + Files.readString(output).strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
