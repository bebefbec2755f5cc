package io.mosquittoha.manifests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The programs of an image, run in the image's own file system by {@code images/run}. */
record ImageFileSystem(String image) {

  private static final Path RUN = Path.of("../images/run").toAbsolutePath().normalize();

  /** How a program ended, and what it said. */
  record Outcome(int exitCode, String output) {}

  /** Why the image's programs cannot be run here; empty when they can. */
  Optional<String> obstacle() throws IOException, InterruptedException {
    if (!Files.isExecutable(RUN)) {
      return Optional.of("there is no " + RUN);
    }
    var outcome = run(List.of(), List.of("/usr/bin/launch", "--help"));
    return outcome.output().contains("images: error") || outcome.exitCode() == 125
        ? Optional.of(outcome.output().strip())
        : Optional.empty();
  }

  /**
   * @param binds in the form {@code HOST:INSIDE}
   */
  Outcome run(List<String> binds, List<String> command) throws IOException, InterruptedException {
    var output = Files.createTempFile("mosquitto-ha-", ".log");
    try {
      var process = start(binds, command, output);
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Outcome(-1, "no answer within 30 seconds: " + Files.readString(output));
      }
      return new Outcome(process.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }

  /** A program that runs on; whoever starts it ends it. */
  Process start(List<String> binds, List<String> command, Path output) throws IOException {
    var words = new ArrayList<>(List.of(RUN.toString(), image));
    for (var bind : binds) {
      words.addAll(List.of("--bind", bind));
    }
    words.add("--");
    words.addAll(command);
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }
}
