package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs themselves read what the charts write for them. */
class ConfigFilesIT {

  private static final ImageFileSystem BROKER = new ImageFileSystem("broker");
  private static final ImageFileSystem HAPROXY = new ImageFileSystem("haproxy");

  @TempDir private Path folder;

  static Stream<ValuesFile> matrix() {
    return ValuesFile.matrix();
  }

  static Stream<ValuesFile> balanced() {
    return matrix().filter(values -> values.chart() != Chart.SINGLE);
  }

  @BeforeAll
  static void the_images_are_built() throws IOException, InterruptedException {
    var broker = BROKER.obstacle();
    var obstacle = broker.isPresent() ? broker : HAPROXY.obstacle();
    assumeTrue(
        obstacle.isEmpty(),
        () ->
            "the images' programs cannot be run, so what they say of the files is not known: "
                + obstacle.orElse("")
                + "; run images/build as root first");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("matrix")
  void mosquitto_accepts_its_file(ValuesFile values) throws IOException, InterruptedException {
    var outcome = mosquitto(ConfigFiles.of(values.rendering()).mosquitto());
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output()).doesNotContainIgnoringCase("warning").doesNotContain("Error");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("balanced")
  void haproxy_accepts_its_file(ValuesFile values) throws IOException, InterruptedException {
    var files = ConfigFiles.of(values.rendering());
    Files.writeString(folder.resolve("sessions.lua"), files.sessions().orElseThrow());
    var outcome = haproxy(files.haproxy().orElseThrow());
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output()).doesNotContain("[WARNING]").doesNotContain("[ALERT]");
  }

  @Test
  void mosquitto_would_not_accept_just_anything() throws IOException, InterruptedException {
    var outcome = mosquitto("listener 1883\nmax_queued_mesages 5\n");
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output()).contains("max_queued_mesages");
  }

  @Test
  void haproxy_would_not_accept_just_anything() throws IOException, InterruptedException {
    var outcome = haproxy("frontend mqtt\n  bind :1883\n  default_backend nobody\n");
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output()).contains("nobody");
  }

  @Test
  void haproxy_would_not_accept_just_any_program() throws IOException, InterruptedException {
    Files.writeString(folder.resolve("sessions.lua"), "core.register_task(function(");
    var outcome = haproxy("global\n  lua-load /etc/haproxy/sessions.lua\n");
    assertThat(outcome.exitCode()).isNotZero();
    assertThat(outcome.output()).contains("sessions.lua");
  }

  private ImageFileSystem.Outcome mosquitto(String config)
      throws IOException, InterruptedException {
    Files.writeString(folder.resolve("mosquitto.conf"), config);
    Files.createDirectories(folder.resolve("bridges"));
    return BROKER.run(
        List.of(folder + ":/mosquitto/config", folder.resolve("bridges") + ":/mosquitto/bridges"),
        List.of("/usr/sbin/mosquitto", "--test-config", "-c", "/mosquitto/config/mosquitto.conf"));
  }

  private ImageFileSystem.Outcome haproxy(String config) throws IOException, InterruptedException {
    Files.writeString(folder.resolve("haproxy.cfg"), config);
    TrialCertificate.writeTo(folder.resolve("tls"));
    return HAPROXY.run(
        List.of(folder + ":/etc/haproxy"),
        List.of("/usr/sbin/haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"));
  }
}
