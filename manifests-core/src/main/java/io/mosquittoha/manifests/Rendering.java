package io.mosquittoha.manifests;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.mosquittoha.manifests.schema.Strict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What Helm makes of a chart and its values, as typed Kubernetes objects, hooks included.
 *
 * <p>Helm runs inside this process and renders without a cluster: what a template looks up is not
 * there.
 *
 * @param objects in the order in which Helm would create them
 */
public record Rendering(Chart chart, Release release, List<HasMetadata> objects) {

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  /** What the charts say of a Certificate; there is no Java type that could know. */
  private static final Set<String> CERTIFICATE_FIELDS =
      Set.of(
          "commonName",
          "dnsNames",
          "duration",
          "ipAddresses",
          "issuerRef",
          "privateKey",
          "renewBefore",
          "revisionHistoryLimit",
          "secretName",
          "secretTemplate",
          "subject",
          "usages");

  public Rendering {
    objects = List.copyOf(objects);
  }

  /**
   * Renders a variant with the charts of {@link Charts#find()}.
   *
   * @throws RenderingException when Helm refuses, or when an object has a field that its type does
   *     not know
   */
  public static Rendering of(Variant variant, Release release) {
    return of(variant.chart(), variant.toYaml(), release);
  }

  /**
   * Renders any values file, also one that the model would refuse.
   *
   * @throws RenderingException as above
   */
  public static Rendering of(Chart chart, String valuesYaml, Release release) {
    var yaml = HelmTemplate.render(Charts.find(), chart, valuesYaml, release);
    var rendering = parse(chart, release, yaml);
    var unknown = rendering.unknownFields();
    if (!unknown.isEmpty()) {
      throw new RenderingException("Kubernetes knows no such field: " + String.join(", ", unknown));
    }
    return rendering;
  }

  /** What somebody else has rendered, such as {@code helm template}; unknown fields are let by. */
  public static Rendering parse(Chart chart, Release release, String yaml) {
    var objects = new ArrayList<HasMetadata>();
    for (var document : Yaml.readAll(yaml)) {
      objects.add(object(document));
    }
    return new Rendering(chart, release, objects);
  }

  /** All objects of a type. */
  public <T extends HasMetadata> List<T> all(Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /**
   * The object of a type and name.
   *
   * @throws RenderingException naming those that there are, when there is no such object
   */
  public <T extends HasMetadata> T one(Class<T> type, String name) {
    return all(type).stream()
        .filter(object -> object.getMetadata().getName().equals(name))
        .findAny()
        .orElseThrow(() ->
            new RenderingException(
                "there is no "
                    + type.getSimpleName()
                    + " \""
                    + name
                    + "\", only "
                    + all(type).stream().map(object -> object.getMetadata().getName()).toList()));
  }

  /** The name that all names of objects begin with: the StatefulSet's. */
  public String fullName() {
    return all(io.fabric8.kubernetes.api.model.apps.StatefulSet.class).stream()
        .findFirst()
        .orElseThrow(() -> new RenderingException("there is no StatefulSet"))
        .getMetadata()
        .getName();
  }

  /** Fields that no type knows, as {@code Kind/name: path}. */
  public List<String> unknownFields() {
    var found = new ArrayList<String>();
    for (var object : objects) {
      var fields =
          object instanceof GenericKubernetesResource generic
              ? unknownFields(generic)
              : Strict.unknownFields(object);
      fields.forEach(field -> found.add(describe(object) + ": " + field));
    }
    return List.copyOf(found);
  }

  /** The objects as YAML, one document each. */
  public String toYaml() {
    var yaml = new StringBuilder();
    for (var object : objects) {
      yaml.append("---\n").append(Yaml.write(Yaml.read(SERIALIZATION.asYaml(object))));
    }
    return yaml.toString();
  }

  /** How messages call an object. */
  public static String describe(HasMetadata object) {
    return object.getKind() + "/" + object.getMetadata().getName();
  }

  private static HasMetadata object(Map<String, Object> document) {
    var name =
        document.get("kind")
            + "/"
            + (document.get("metadata") instanceof Map<?, ?> metadata
                ? metadata.get("name")
                : "without a name");
    try {
      if (SERIALIZATION.unmarshal(Yaml.write(document)) instanceof HasMetadata object) {
        return object;
      }
    } catch (IllegalArgumentException e) {
      throw new RenderingException(name + " is not what Kubernetes knows: " + e.getMessage(), e);
    }
    throw new RenderingException(name + " is no Kubernetes object");
  }

  private static List<String> unknownFields(GenericKubernetesResource generic) {
    if (!generic.getApiVersion().equals("cert-manager.io/v1")
        || !generic.getKind().equals("Certificate")
        || !(generic.getAdditionalProperties().get("spec") instanceof Map<?, ?> spec)) {
      return List.of();
    }
    return spec.keySet().stream()
        .map(String::valueOf)
        .filter(field -> !CERTIFICATE_FIELDS.contains(field))
        .map(field -> "spec." + field)
        .toList();
  }
}
