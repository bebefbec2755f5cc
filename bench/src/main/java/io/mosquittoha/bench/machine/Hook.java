package io.mosquittoha.bench.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A command of the user's, run by the shell with {@code {n}} replaced by the number of the round.
 * When it prints {@code killed NANOSECONDS} (of the epoch: {@code date +%s%N}), that is when it did
 * what it is for; else it is when it was started.
 */
public record Hook(String command, Duration patience) {
  private static final Pattern KILLED = Pattern.compile("(?m)^killed (\\d{16,20})\\s*$");

  /** What came of it; the moment is of {@link System#nanoTime}. */
  public record Run(int status, long moment, String output) {}

  public Run run(int round) {
    try {
      var output = Files.createTempFile("bench-hook", ".txt");
      try {
        var builder =
            new ProcessBuilder("/bin/sh", "-c", command.replace("{n}", Integer.toString(round)))
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectOutput(output.toFile());
        var started = System.nanoTime();
        var process = builder.start();
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
          throw new IllegalStateException(
              "the hook did not end within " + patience.toSeconds() + " s: " + command);
        }
        var text = Files.readString(output, StandardCharsets.UTF_8);
        var killed = KILLED.matcher(text);
        var moment = killed.find() ? monotonic(Long.parseLong(killed.group(1))) : started;
        return new Run(process.exitValue(), moment, text);
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new IllegalStateException("the hook could not be run: " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the hook ran", e);
    }
  }

  private static long monotonic(long epochNanos) {
    var now = Instant.now();
    return System.nanoTime() - (now.getEpochSecond() * 1_000_000_000 + now.getNano() - epochNanos);
  }
}
