package io.mosquittoha.manifests;

import io.mosquittoha.manifests.schema.ValueTree;
import io.mosquittoha.manifests.values.Certificates;
import io.mosquittoha.manifests.values.Listeners;
import io.mosquittoha.manifests.values.Names;
import io.mosquittoha.manifests.values.Surroundings;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A way to run Mosquitto on Kubernetes, with all its values. A variant that exists can be
 * installed: what cannot run is refused at construction with an {@link
 * io.mosquittoha.manifests.values.InvalidVariantException}.
 */
public sealed interface Variant permits SingleNode, HighAvailability, Autoscaling {

  /** The chart that installs it. */
  Chart chart();

  Names names();

  Surroundings surroundings();

  Listeners listeners();

  /** TLS, wherever it ends. */
  Certificates certificates();

  /** The variant of a chart with what a values file says. */
  static Variant of(Chart chart, String valuesYaml) {
    return chart.defaults().with(Yaml.read(valuesYaml));
  }

  /** The variant with these values in place of its own, merged as Helm merges them. */
  default Variant with(Map<String, ?> values) {
    return switch (this) {
      case SingleNode single -> ValueTree.overlay(single, values);
      case HighAvailability highAvailability -> ValueTree.overlay(highAvailability, values);
      case Autoscaling autoscaling -> ValueTree.overlay(autoscaling, values);
    };
  }

  /**
   * The variant with one value changed.
   *
   * @param path the value as {@code values.yaml} names it, such as {@code broker.replicas}
   */
  default Variant with(String path, Object value) {
    Map<String, Object> nested = Map.of();
    Object inner = value;
    var names = path.split("\\.");
    for (int i = names.length - 1; i >= 0; i--) {
      nested = Map.of(names[i], inner);
      inner = nested;
    }
    return with(nested);
  }

  /** All values, as {@code values.yaml} has them; null is YAML's word for "none". */
  default Map<String, @Nullable Object> values() {
    return ValueTree.toMap((Record) this);
  }

  /** The values that differ from the chart's own. */
  default Map<String, @Nullable Object> differences() {
    return ValueTree.differences((Record) this, (Record) chart().defaults());
  }

  /** A values file for this variant: only what differs from the chart's own. */
  default String toYaml() {
    var differences = new LinkedHashMap<>(differences());
    return differences.isEmpty() ? "{}\n" : Yaml.write(differences);
  }
}
