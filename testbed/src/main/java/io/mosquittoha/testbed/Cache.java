package io.mosquittoha.testbed;

import java.nio.file.Path;
import java.util.Optional;

/** Where built things are kept; the scripts of the testbed say the same in common.sh. */
final class Cache {

  private Cache() {}

  static Path folder() {
    return variable("MOSQUITTOHA_CACHE")
        .or(() -> variable("XDG_CACHE_HOME").map(home -> home.resolve("mosquitto-ha")))
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "mosquitto-ha"));
  }

  private static Optional<Path> variable(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty()).map(Path::of);
  }
}
