package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Names fit wherever Kubernetes puts them. */
final class NameRules {

  private static final int DNS_LABEL = 63;

  /** A StatefulSet's name and a hash of eleven characters become the value of a label. */
  private static final int STATEFUL_SET = 52;

  static final Rule NAMES_FIT =
      new Rule(
          "names have at most 63 characters, and what is appended to them still fits",
          "names become host names and values of labels, which end at 63",
          Breaches.perObject(
              HasMetadata.class,
              (object, breaches) -> {
                var name = object.getMetadata().getName();
                breaches.addIf(
                    !name.matches("[a-z0-9]([-a-z0-9.]*[a-z0-9])?"),
                    object,
                    "the name is not made of lower-case letters, digits and inner hyphens");
                breaches.addIf(
                    name.length() > DNS_LABEL, object, "the name has more than 63 characters");
                breaches.addIf(
                    object instanceof StatefulSet && name.length() > STATEFUL_SET,
                    object,
                    "a StatefulSet's name may have 52 characters, for its pods' revision label");
                breaches.addIf(
                    object instanceof Service && !name.matches("[a-z]([-a-z0-9]*[a-z0-9])?"),
                    object,
                    "a Service's name begins with a letter and has no dots");
              }));

  static final Rule LABELS_FIT =
      new Rule(
          "values of labels have at most 63 characters",
          "the API server refuses longer ones",
          Breaches.perObject(
              HasMetadata.class,
              (object, breaches) ->
                  Stream.concat(
                          labels(object.getMetadata().getLabels()),
                          Workload.of(object).stream()
                              .flatMap(workload -> labels(workload.labels())))
                      .filter(value ->
                          !value.matches("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"))
                      .forEach(
                          value -> breaches.add(object, "no label can be \"" + value + "\""))));

  static final Rule IN_THE_NAMESPACE_OF_THE_RELEASE =
      new Rule(
          "every object is in the namespace of the release",
          "an object elsewhere would stay behind, or collide with another release's",
          Breaches.overall((rendering, breaches) -> {
            for (var object : rendering.objects()) {
              var namespace = object.getMetadata().getNamespace();
              breaches.addIf(
                  namespace != null && !namespace.equals(rendering.release().namespace()),
                  object,
                  "is in namespace " + namespace);
            }
          }));

  static final List<Rule> ALL = List.of(NAMES_FIT, LABELS_FIT, IN_THE_NAMESPACE_OF_THE_RELEASE);

  private NameRules() {}

  private static Stream<String> labels(@Nullable Map<String, String> labels) {
    return labels == null ? Stream.empty() : labels.values().stream();
  }
}
