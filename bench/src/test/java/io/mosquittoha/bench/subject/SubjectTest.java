package io.mosquittoha.bench.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mosquittoha.bench.load.Library;
import io.mosquittoha.bench.load.Load;
import io.mosquittoha.bench.load.LoadRun;
import io.mosquittoha.bench.load.Shape;
import io.mosquittoha.bench.mqtt.Identity;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubjectTest {
  private static final Path SUBJECTS = Path.of("subjects").toAbsolutePath();

  /** A real broker, where the images were built and their programmes can be run. */
  @ParameterizedTest
  @ValueSource(strings = {"mosquitto", "persist-sqlite", "mosquitto+haproxy"})
  void subject_whenItIsRealMosquitto_thenCarriesALoadAndIsGoneAfterwards(String name)
      throws Exception {
    skipWithoutImages();
    var subject = onFreePorts(Subject.named(name, SUBJECTS, Map.of()));
    Path folder;
    try (var running = subject.start()) {
      var processes = running.processes();
      var load =
          new Load(
              running.targets(),
              1,
              Shape.pairs,
              2,
              2,
              true,
              64,
              200,
              20,
              Duration.ofMillis(300),
              Duration.ofSeconds(1),
              4,
              Library.wire,
              Identity.Credentials.NONE);
      var result = LoadRun.run(load, processes);
      assertThat(result.undelivered()).isZero();
      assertThat(result.delivered()).isBetween(20.0, 400.0);
      assertThat(result.usage().residentBytes()).isGreaterThan(1 << 20);
      assertThat(running.note()).contains("Mosquitto");
      folder = running.folder();
      assertThat(folder).isDirectory();
    }
    assertThat(folder).doesNotExist();
    assertThatThrownBy(() ->
            new java.net.Socket(
                    "127.0.0.1", Integer.parseInt(subject.environment().get("BENCH_PORT")))
                .close())
        .hasMessageContaining("refused");
  }

  private static void skipWithoutImages() {
    var missing =
        Files.isDirectory(Path.of("../images/target/oci")) ? "" : "images/build has not been run";
    if (missing.isEmpty() && !"root".equals(System.getProperty("user.name"))) {
      missing = "programmes of images are run as root";
    }
    if (!missing.isEmpty()) {
      System.out.println("bench: NOT TESTED on a real Mosquitto: " + missing);
    }
    assumeTrue(missing.isEmpty(), missing);
  }

  private static Subject onFreePorts(Subject subject) throws Exception {
    try (var socket = new ServerSocket(0)) {
      var environment = new HashMap<>(subject.environment());
      environment.put("BENCH_PORT", Integer.toString(Math.min(socket.getLocalPort(), 60_000)));
      return new Subject(subject.name(), subject.command(), environment);
    }
  }

  private static Path script(Path folder, String text) throws Exception {
    var file = folder.resolve("subject");
    Files.writeString(file, "#!/bin/sh\n" + text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void subject_whenItCannotStart_thenItsOwnWordsAreToldAndItIsStopped(@TempDir Path folder)
      throws Exception {
    var command =
        script(
            folder,
            "echo $1 >>"
                + folder.resolve("verbs")
                + "\n[ $1 = down ] || { echo no port is free; exit 1; }\n");
    var subject = Subject.named("mine", SUBJECTS, Map.of("mine", command));
    assertThatThrownBy(subject::start)
        .hasMessageContaining("mine")
        .hasMessageContaining("no port is free");
    assertThat(folder.resolve("verbs")).hasContent("up\ndown");
  }

  @Test
  void subject_whenItIsSomebodyElses_thenItsPortsPidsAndNoteAreRead(@TempDir Path folder)
      throws Exception {
    var command =
        script(
            folder,
            """
            [ $1 = up ] || exit 0
            printf '127.0.0.1:1\\n127.0.0.1:2\\n' >$2/ports
            echo $PPID >$2/pids
            echo what it does >$2/note
            """);
    try (var running = Subject.named("mine", SUBJECTS, Map.of("mine", command)).start()) {
      assertThat(running.targets())
          .extracting(Object::toString)
          .containsExactly("127.0.0.1:1", "127.0.0.1:2");
      assertThat(running.note()).isEqualTo("what it does");
      assertThat(running.processes().usage().residentBytes()).isPositive();
    }
  }
}
