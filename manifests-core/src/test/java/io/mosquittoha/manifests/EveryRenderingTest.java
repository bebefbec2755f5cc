package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.manifests.rules.Rule;
import io.mosquittoha.manifests.rules.Rules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every variant with every values file of the matrix. */
class EveryRenderingTest {

  /** Those that between them set every value and render every kind of object. */
  private static final Set<String> RICH =
      Set.of(
          "extras",
          "tuned",
          "tls-cert-manager",
          "tls-edge-websockets",
          "monitoring",
          "management-center-public",
          "management-center-apart");

  static Stream<ValuesFile> matrix() {
    return ValuesFile.matrix();
  }

  static Stream<ValuesFile> rich() {
    return matrix().filter(values -> RICH.contains(values.name()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("matrix")
  void keeps_every_rule(ValuesFile values) {
    var rules = new ArrayList<>(Rules.ALL);
    if (values.variant().names().openshift().enabled()) {
      rules.addAll(Rules.ON_OPENSHIFT);
    }
    var rendering = values.rendering();
    var breaches = new ArrayList<String>();
    for (Rule rule : rules) {
      rule.breachesIn(rendering).forEach(breach -> breaches.add(rule + " — " + breach));
    }
    assertThat(breaches).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("matrix")
  void looks_as_the_reviewer_last_saw_it(ValuesFile values) throws IOException {
    var golden =
        ValuesFile.RESOURCES
            .resolve("golden")
            .resolve(values.chart().folder())
            .resolve(values.name() + ".yaml");
    Golden.file(golden)
        .isText(
            values.isDefaults()
                ? Normalised.yaml(values.rendering())
                : Normalised.differences(values.rendering(), values.defaults().rendering()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rich")
  void comes_out_the_same_from_the_model_as_from_the_values_file(ValuesFile values) {
    var fromModel = Rendering.of(values.variant(), Release.named("plant"));
    assertThat(Normalised.yaml(fromModel)).isEqualTo(Normalised.yaml(values.rendering()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("matrix")
  void has_an_instance_of_the_model_that_survives_its_own_yaml(ValuesFile values) {
    var variant = values.variant();
    assertThat(Variant.of(values.chart(), variant.toYaml())).isEqualTo(variant);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rich")
  void keeps_every_rule_in_the_release_with_the_longest_name(ValuesFile values) {
    var release = new Release("a".repeat(53), "n".repeat(63));
    var rendering = Rendering.of(values.chart(), values.yaml(), release);
    var breaches = new ArrayList<String>();
    Rules.ALL.forEach(rule -> breaches.addAll(rule.breachesIn(rendering)));
    assertThat(breaches).isEqualTo(List.of());
  }
}
