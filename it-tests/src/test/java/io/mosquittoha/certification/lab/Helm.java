package io.mosquittoha.certification.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The real Helm, as a user runs it. Its exit status says whether it worked; its output is kept for
 * people.
 */
final class Helm {

  /** Longer than any {@code --timeout} that is used, so Helm itself says what it waited for. */
  private static final Duration PATIENCE = Duration.ofMinutes(6);

  private static final class Binary {
    // Found once: on a machine without Helm this builds it, which takes a minute.
    private static final String PATH = find();

    private static String find() {
      var outcome =
          run(List.of(Checkout.file("testbed/helm").toString()), Duration.ofMinutes(15), false);
      return outcome.orThrow().strip().lines().reduce((first, second) -> second).orElseThrow();
    }
  }

  private final Path kubeconfig;
  private final String namespace;
  private final Path transcripts;
  private int runs;

  Helm(Path kubeconfig, String namespace, Path transcripts) {
    this.kubeconfig = kubeconfig;
    this.namespace = namespace;
    this.transcripts = transcripts;
  }

  static String version() {
    return run(List.of(Binary.PATH, "version", "--short"), Duration.ofSeconds(30), true)
        .orThrow()
        .strip();
  }

  /** Runs {@code helm VERB ARGUMENTS} in the namespace. */
  HelmOutcome run(String verb, List<String> arguments) {
    var command = new ArrayList<String>();
    command.add(Binary.PATH);
    command.add(verb);
    command.addAll(arguments);
    command.addAll(List.of("--namespace", namespace, "--kubeconfig", kubeconfig.toString()));
    var outcome = run(command, PATIENCE, true);
    keep(verb, outcome);
    return outcome;
  }

  private void keep(String verb, HelmOutcome outcome) {
    try {
      Files.createDirectories(transcripts);
      Files.writeString(
          transcripts.resolve("%02d-%s.txt".formatted(++runs, verb)),
          "$ %s%n%s%n(exit status %d after %s)%n"
              .formatted(
                  String.join(" ", outcome.command()),
                  outcome.output(),
                  outcome.status(),
                  outcome.took()));
    } catch (IOException e) {
      throw new UncheckedIOException("can't keep Helm's output in " + transcripts, e);
    }
  }

  private static HelmOutcome run(List<String> command, Duration patience, boolean withErrors) {
    var begun = System.nanoTime();
    try {
      // A file, not a pipe: what Helm leaves behind must not keep us waiting for its end.
      var output = Files.createTempFile("helm", ".txt");
      try {
        var builder = new ProcessBuilder(command).redirectOutput(output.toFile());
        if (withErrors) {
          builder.redirectErrorStream(true);
        } else {
          builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        }
        var process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly();
          throw new IllegalStateException(
              "%s did not end within %s".formatted(String.join(" ", command), patience));
        }
        return new HelmOutcome(
            List.copyOf(command),
            process.exitValue(),
            Files.readString(output, StandardCharsets.UTF_8),
            Duration.ofNanos(System.nanoTime() - begun));
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't run " + command.getFirst(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + command.getFirst() + " ran", e);
    }
  }
}
