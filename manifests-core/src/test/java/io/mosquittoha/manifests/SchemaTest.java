package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The generated schemas, judged by somebody else's validator. */
class SchemaTest {

  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7);

  static Stream<ValuesFile> matrix() {
    return ValuesFile.matrix();
  }

  @ParameterizedTest
  @EnumSource(Chart.class)
  void is_a_schema_of_draft_7(Chart chart) {
    var meta =
        registry.getSchema(
            com.networknt.schema.SchemaLocation.of("http://json-schema.org/draft-07/schema#"));
    assertThat(meta.validate(Generated.schema(chart), InputFormat.JSON)).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("matrix")
  void accepts_the_values_of_every_variant(ValuesFile values) {
    var schema = registry.getSchema(Generated.schema(values.chart()), InputFormat.JSON);
    assertThat(schema.validate(Yaml.write(values.variant().values()), InputFormat.YAML)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Chart.class)
  void is_closed_everywhere_but_where_others_have_their_keys(Chart chart) {
    assertThat(openings("", Yaml.read(Generated.schema(chart)))).containsExactly("global");
  }

  private static Stream<String> openings(String path, java.util.Map<?, ?> schema) {
    var own =
        Boolean.TRUE.equals(schema.get("additionalProperties"))
            ? Stream.of(path)
            : Stream.<String>of();
    if (!(schema.get("properties") instanceof java.util.Map<?, ?> properties)) {
      return own;
    }
    return Stream.concat(
        own,
        properties.entrySet().stream()
            .filter(entry -> entry.getValue() instanceof java.util.Map<?, ?>)
            .flatMap(entry ->
                openings(
                    path.isEmpty() ? "" + entry.getKey() : path + "." + entry.getKey(),
                    (java.util.Map<?, ?>) entry.getValue())));
  }
}
