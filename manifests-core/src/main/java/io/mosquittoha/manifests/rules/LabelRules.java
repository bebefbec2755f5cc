package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.mosquittoha.manifests.Rendering;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Labels name, and selectors find. */
final class LabelRules {

  static final Set<String> VERSIONED = Set.of("helm.sh/chart", "app.kubernetes.io/version");

  private static final List<String> RECOMMENDED =
      List.of(
          "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by");

  static final Rule RECOMMENDED_LABELS =
      new Rule(
          "every object carries the recommended labels, and the release's name as its instance",
          "tools and people find what belongs together by them",
          Breaches.overall((rendering, breaches) -> {
            for (var object : rendering.objects()) {
              var labels = labels(object);
              for (var label : RECOMMENDED) {
                breaches.addIf(!labels.containsKey(label), object, "has no label " + label);
              }
              var instance = labels.get("app.kubernetes.io/instance");
              breaches.addIf(
                  instance != null && !instance.equals(rendering.release().name()),
                  object,
                  "belongs to " + instance);
            }
          }));

  static final Rule SELECTORS_FIND_THEIR_OWN_PODS =
      new Rule(
          "a workload's selector finds its own pods and nobody else's",
          "two workloads that share pods fight over them for ever",
          Breaches.overall((rendering, breaches) -> {
            var workloads = Workload.of(rendering);
            for (var workload : workloads) {
              var selector = workload.selector().flatMap(LabelRules::matchLabels);
              if (selector.isEmpty()) {
                breaches.addIf(workload.isLongRunning(), workload.owner(), "selects by no label");
                continue;
              }
              breaches.addIf(
                  !workload.isSelectedBy(selector.get()),
                  workload.owner(),
                  "does not select its own pods");
              for (var other : workloads) {
                breaches.addIf(
                    other != workload && other.isSelectedBy(selector.get()),
                    workload.owner(),
                    "selects the pods of " + other.name());
              }
            }
          }));

  static final Rule SELECTORS_FIND_SOMETHING =
      new Rule(
          "Services, NetworkPolicies, PodDisruptionBudgets and monitors select the pods of exactly"
              + " one workload",
          "an object that selects nothing does nothing, and nobody is told",
          Breaches.overall((rendering, breaches) -> {
            for (var object : rendering.objects()) {
              var selector = podSelector(object);
              if (selector.isPresent()) {
                var found =
                    Workload.of(rendering).stream()
                        .filter(workload -> workload.isSelectedBy(selector.get()))
                        .count();
                breaches.addIf(found != 1, object, "selects the pods of " + found + " workloads");
              }
              if (object instanceof ServiceMonitor monitor) {
                var wanted = matchLabels(monitor.getSpec().getSelector()).orElse(Map.of());
                var found =
                    rendering.all(Service.class).stream()
                        .filter(
                            service -> labels(service).entrySet().containsAll(wanted.entrySet()))
                        .count();
                breaches.addIf(found != 1, object, "selects " + found + " Services");
              }
            }
          }));

  static final Rule NO_VERSION_WHERE_IT_CANNOT_CHANGE =
      new Rule(
          "no selector and no volume claim template carries a version",
          "they cannot be changed, so the next version could not be installed over this one",
          Breaches.overall((rendering, breaches) -> {
            for (var workload : Workload.of(rendering)) {
              var selector = workload.selector().flatMap(LabelRules::matchLabels);
              selector
                  .map(Map::keySet)
                  .orElse(Set.of())
                  .forEach(label ->
                      breaches.addIf(
                          VERSIONED.contains(label), workload.owner(), "selects by " + label));
            }
            for (var set : rendering.all(StatefulSet.class)) {
              for (var claim : set.getSpec().getVolumeClaimTemplates()) {
                labels(claim)
                    .keySet()
                    .forEach(label ->
                        breaches.addIf(
                            VERSIONED.contains(label),
                            set,
                            "its claim " + claim.getMetadata().getName() + " has " + label));
              }
            }
          }));

  static final List<Rule> ALL =
      List.of(
          RECOMMENDED_LABELS,
          SELECTORS_FIND_THEIR_OWN_PODS,
          SELECTORS_FIND_SOMETHING,
          NO_VERSION_WHERE_IT_CANNOT_CHANGE);

  private LabelRules() {}

  static Map<String, String> labels(HasMetadata object) {
    var labels = object.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  static Optional<Map<String, String>> matchLabels(@Nullable LabelSelector selector) {
    return Optional.ofNullable(selector)
        .map(LabelSelector::getMatchLabels)
        .filter(labels -> !labels.isEmpty());
  }

  private static Optional<Map<String, String>> podSelector(HasMetadata object) {
    return switch (object) {
      case Service service -> Optional.ofNullable(service.getSpec().getSelector());
      case NetworkPolicy policy -> matchLabels(policy.getSpec().getPodSelector());
      case PodDisruptionBudget budget -> matchLabels(budget.getSpec().getSelector());
      case PodMonitor monitor -> matchLabels(monitor.getSpec().getSelector());
      default -> Optional.empty();
    };
  }

  /** The workload whose pods an object of this rendering selects. */
  static Optional<Workload> selected(Rendering rendering, HasMetadata object) {
    return podSelector(object)
        .flatMap(selector ->
            Workload.of(rendering).stream()
                .filter(workload -> workload.isSelectedBy(selector))
                .findFirst());
  }
}
