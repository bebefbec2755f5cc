package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A committed file that is compared, or rewritten with {@code -Dgolden.refresh=true}. */
record Golden(Path file) {

  private static final boolean REFRESH = Boolean.getBoolean("golden.refresh");

  static Golden file(Path file) {
    return new Golden(file);
  }

  void isText(String expected) throws IOException {
    if (REFRESH) {
      if (!Files.exists(file) || !Files.readString(file).equals(expected)) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, expected);
      }
      return;
    }
    assertThat(file).as("run mvn -f manifests-core/pom.xml test -Dgolden.refresh=true").exists();
    assertThat(Files.readString(file))
        .as(
            "%s is out of date; look whether the change is meant, then run"
                + " mvn -f manifests-core/pom.xml test -Dgolden.refresh=true",
            file)
        .isEqualTo(expected);
  }
}
