package io.mosquittoha.management.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmallHeapTest {

  private static final int FITS = 11_000;

  @TempDir private Path folder;

  /** What it says at the end; nothing if it ran out of memory. */
  private String run(String... what) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-Xmx80m",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeap.class.getName(),
                folder.toString()));
    command.addAll(List.of(what));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (InputStream says = process.getInputStream()) {
      return new String(says.readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4_900_000})
  void backup_whenItIsAsLargeAsTheyBecome_thenIsMadeAndRestoredInTheDefaultHeap(int size)
      throws Exception {
    assertThat(run("restore", Integer.toString(size))).endsWith("done\n");
  }

  @Test
  void import_whenItJustFits_thenIsDone() throws Exception {
    assertThat(run("import", accounts(FITS).toString())).endsWith("done\n");
  }

  @Test
  void import_whenItWouldTakeTooMuchMemory_thenIsRefused_andSaysWhatToRaise() throws Exception {
    for (var file : List.of(accounts(200_000), list("{}"), list("[]"), list("\"\""))) {
      assertThat(run("import", file.toString()))
          .contains("413 The file would take more", "raise managementCenter.heap");
    }
  }

  private Path accounts(int count) throws IOException {
    var file = folder.resolve("accounts-" + count);
    try (var out = Files.newBufferedWriter(file)) {
      out.write("{\"clients\":[");
      for (var i = 0; i < count; i++) {
        out.write(i == 0 ? "" : ",");
        out.write("{\"username\":\"sensor-%06d\",\"roles\":[{\"rolename\":\"all\"}]}".formatted(i));
      }
      out.write("]}");
    }
    return file;
  }

  private Path list(String element) throws IOException {
    return Files.writeString(
        folder.resolve("list"), "[" + (element + ",").repeat(2_000_000) + element + "]");
  }
}
