package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.mosquittoha.manifests.Rendering;
import java.util.HashSet;
import java.util.List;

/** Objects are what Kubernetes knows. */
final class TypeRules {

  static final Rule NO_UNKNOWN_FIELD =
      new Rule(
          "no object has a field that its type does not know",
          "the API server drops unknown fields, so a typing error would do nothing",
          Rendering::unknownFields);

  static final Rule STABLE_API_VERSIONS =
      new Rule(
          "every built-in API version is a stable one",
          "alpha and beta versions disappear with a new Kubernetes",
          Breaches.perObject(
              HasMetadata.class,
              (object, breaches) ->
                  breaches.addIf(
                      object.getApiVersion().contains("alpha")
                          || object.getApiVersion().contains("beta")
                          || object.getApiVersion().startsWith("extensions/"),
                      object,
                      object.getApiVersion() + " will go away")));

  static final Rule UNIQUE =
      new Rule(
          "no object is there twice",
          "Helm would apply one over the other",
          Breaches.overall((rendering, breaches) -> {
            var seen = new HashSet<String>();
            for (var object : rendering.objects()) {
              breaches.addIf(
                  !seen.add(Rendering.describe(object)), object, "is there more than once");
            }
          }));

  static final List<Rule> ALL = List.of(NO_UNKNOWN_FIELD, STABLE_API_VERSIONS, UNIQUE);

  private TypeRules() {}
}
