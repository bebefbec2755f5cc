package io.mosquittoha.certification.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where the sources, and the folder for what a run leaves, are. */
public final class Checkout {

  private static final Path ROOT =
      Stream.iterate(Path.of("").toAbsolutePath(), at -> at != null, Path::getParent)
          .filter(at -> Files.isExecutable(at.resolve("testbed/helm")))
          .findFirst()
          .orElseThrow(() ->
              new IllegalStateException(
                  "the certification runs in a checkout of Mosquitto HA: testbed/helm was found"
                      + " in no folder above "
                      + Path.of("").toAbsolutePath()));

  private Checkout() {}

  /** The folder of the sources. */
  public static Path root() {
    return ROOT;
  }

  static Path file(String name) {
    return ROOT.resolve(name);
  }

  /** Where everything goes that a run leaves for people. */
  public static Path results() {
    return ROOT.resolve("it-tests/target/certification");
  }
}
