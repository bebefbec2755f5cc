package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is generated is committed, so that a chart is whole in the repository; here it is compared.
 */
class GeneratedFilesTest {

  private final Charts charts = Charts.find();

  @ParameterizedTest
  @EnumSource(Chart.class)
  void the_schema_is_what_the_records_say(Chart chart) throws IOException {
    Golden.file(charts.file(chart, "values.schema.json")).isText(Generated.schema(chart));
  }

  @ParameterizedTest
  @EnumSource(Chart.class)
  void the_table_of_values_in_the_readme_is_what_the_records_say(Chart chart) throws IOException {
    var file = charts.file(chart, "README.md");
    Golden.file(file).isText(Generated.readme(chart, Files.readString(file)));
  }

  @ParameterizedTest
  @EnumSource(Chart.class)
  void the_values_file_has_exactly_the_defaults_of_the_records(Chart chart) throws IOException {
    var written = Yaml.read(Files.readString(charts.file(chart, "values.yaml")));
    assertThat(lines("", written))
        .containsExactlyInAnyOrderElementsOf(lines("", chart.defaults().values()));
  }

  /** One line per value, so that a difference is named by its path. */
  private static List<String> lines(String path, Object value) {
    if (!(value instanceof Map<?, ?> map) || map.isEmpty()) {
      return List.of(path + "=" + value);
    }
    return map.entrySet().stream()
        .flatMap(entry ->
            lines(
                path.isEmpty() ? "" + entry.getKey() : path + "." + entry.getKey(),
                entry.getValue())
                .stream())
        .toList();
  }
}
