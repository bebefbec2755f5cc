package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartPackagerTest {

  @TempDir private Path folder;

  @Test
  void packs_the_same_bytes_from_the_same_sources() throws IOException {
    var staged = Charts.find().stage(Chart.HIGH_AVAILABILITY, folder.resolve("staged"));
    var first = Files.readAllBytes(ChartArchive.pack(staged, folder));
    Charts.find().stage(Chart.HIGH_AVAILABILITY, folder.resolve("staged"));
    assertThat(Files.readAllBytes(ChartArchive.pack(staged, folder))).isEqualTo(first);
  }

  @Test
  void packs_the_library_chart_with_each_chart() throws IOException {
    var staged = Charts.find().stage(Chart.SINGLE, folder.resolve("staged"));
    var archive = Files.readAllBytes(ChartArchive.pack(staged, folder));
    var names = new ArrayList<String>();
    try (var tar =
        new TarArchiveInputStream(new GZIPInputStream(new ByteArrayInputStream(archive)))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        names.add(entry.getName());
      }
    }
    assertThat(names)
        .contains(
            "mosquitto-single/Chart.yaml",
            "mosquitto-single/values.schema.json",
            "mosquitto-single/README.md",
            "mosquitto-single/charts/mosquitto-common/Chart.yaml");
  }

  @Test
  void finds_no_fault_with_the_charts() {
    for (var chart : Chart.values()) {
      ChartPackager.lint(chart, Charts.find().stage(chart, folder));
    }
  }

  @Test
  void refuses_a_chart_at_which_helm_so_much_as_raises_an_eyebrow() throws IOException {
    var staged = Charts.find().stage(Chart.SINGLE, folder);
    var description = staged.resolve("Chart.yaml");
    Files.writeString(
        description, Files.readString(description).replaceAll("(?m)^icon:.*(\n .*)*$", ""));
    assertThatThrownBy(() -> ChartPackager.lint(Chart.SINGLE, staged))
        .hasMessageContaining("icon is recommended");
  }

  @Test
  void says_which_folder_has_no_charts() {
    assertThatThrownBy(() -> Charts.in(folder))
        .hasMessageContaining("there are no charts in " + folder)
        .hasMessageContaining("-Dcharts.folder=FOLDER");
  }
}
