package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The management center does not start with a key that it does not know. */
class CenterSettingsTest {

  private static final Path SOURCE =
      Path.of("../management-center/src/main/java/io/mosquittoha/management/Settings.java");

  private static final Pattern KEY =
      Pattern.compile("keys\\.(?:text|number|flag|list|path)\\(\\s*\"([A-Za-z.]+)\"");

  static Stream<ValuesFile> managed() {
    return ValuesFile.matrix()
        .filter(values -> values.variant().surroundings().managementCenter().enabled());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("managed")
  void are_keys_that_it_knows(ValuesFile values) throws IOException {
    var known = new TreeSet<String>();
    var found = KEY.matcher(Files.readString(SOURCE));
    while (found.find()) {
      known.add(found.group(1));
    }
    known.add("variant");
    known.add("base");
    var told = ConfigFiles.of(values.rendering()).center().orElseThrow();
    assertThat(known).contains("mqttPort").containsAll(told.stringPropertyNames());
  }
}
