package io.mosquittoha.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The project's checkout, whose scripts provide the engine, Helm and the node image.
 *
 * @param root its folder
 */
public record Checkout(Path root) {

  /** Names the checkout's folder where it cannot be found. */
  public static final String PROPERTY = "mosquittoha.root";

  /** Finds it from the folder that this process runs in, or from where this class was built. */
  public static Checkout find() {
    var named = Optional.ofNullable(System.getProperty(PROPERTY)).map(Path::of);
    return Stream.of(named, Optional.of(Path.of("")), whereThisClassIs())
        .flatMap(Optional::stream)
        .map(Path::toAbsolutePath)
        .flatMap(start -> Stream.iterate(start, p -> p != null, Path::getParent))
        .filter(folder -> Files.isExecutable(folder.resolve("testbed/engine")))
        .findFirst()
        .map(Checkout::new)
        .orElseThrow(() ->
            new IllegalStateException(
                "The Mosquitto HA checkout was not found; run inside of it, or name it with -D"
                    + PROPERTY));
  }

  private static Optional<Path> whereThisClassIs() {
    try {
      return Optional.ofNullable(Checkout.class.getProtectionDomain().getCodeSource())
          .map(source -> source.getLocation())
          .filter(location -> location.getProtocol().equals("file"))
          .map(location -> {
            try {
              return Path.of(location.toURI());
            } catch (URISyntaxException e) {
              throw new IllegalStateException(e);
            }
          });
    } catch (SecurityException e) {
      return Optional.empty();
    }
  }

  /** Runs a script of the testbed; people see its progress, and the answer is its output. */
  public String run(String script, String... arguments) {
    var command = new ArrayList<String>();
    command.add(root.resolve("testbed").resolve(script).toString());
    command.addAll(List.of(arguments));
    try {
      var process =
          new ProcessBuilder(command)
              .directory(root.toFile())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      var output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      var status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(
            "%s ended with status %d; the reason is printed above".formatted(command, status));
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while %s ran".formatted(command), e);
    }
  }
}
