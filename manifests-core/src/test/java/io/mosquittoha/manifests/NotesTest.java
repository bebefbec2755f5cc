package io.mosquittoha.manifests;

import com.marcnuri.helm.DryRun;
import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Helm tells whoever has installed a chart. */
class NotesTest {

  /** Those whose reader has to be told something else. */
  private static final Set<String> TELLING =
      Set.of(
          "defaults",
          "accounts",
          "cluster-ip",
          "load-balancer",
          "management-center-apart",
          "management-center-public",
          "no-management-center",
          "no-persistence",
          "open-network",
          "openshift",
          "tls-cert-manager",
          "tls-self-signed");

  @TempDir private Path folder;

  static Stream<ValuesFile> telling() {
    return ValuesFile.matrix().filter(values -> TELLING.contains(values.name()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("telling")
  void read_as_the_reviewer_last_saw_them(ValuesFile values) throws IOException {
    var golden =
        ValuesFile.RESOURCES
            .resolve("golden")
            .resolve(values.chart().folder())
            .resolve(values.name() + ".notes.txt");
    Golden.file(golden).isText(notes(values));
  }

  private String notes(ValuesFile values) {
    var output =
        new Helm(Charts.find().stage(values.chart(), folder))
            .install()
            .withName("plant")
            .withNamespace("mqtt")
            .withKubeVersion("1.30.0")
            .withValuesFile(values.file().toAbsolutePath())
            .clientOnly()
            .dryRun()
            .withDryRunOption(DryRun.CLIENT)
            .call()
            .getOutput();
    var mark = "NOTES:\n";
    return output.substring(output.indexOf(mark) + mark.length()).strip() + "\n";
  }
}
