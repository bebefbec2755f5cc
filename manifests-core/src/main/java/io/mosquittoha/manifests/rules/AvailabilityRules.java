package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.mosquittoha.manifests.Rendering;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Somebody serves, whatever is done to the cluster. */
final class AvailabilityRules {

  static final Rule ONE_AT_A_TIME =
      new Rule(
          "a PodDisruptionBudget lets go of one pod at a time and keeps all others",
          "draining nodes would take every broker, or could take none",
          Breaches.perObject(
              PodDisruptionBudget.class,
              (budget, breaches) -> {
                var spec = budget.getSpec();
                var unavailable = spec.getMaxUnavailable();
                breaches.addIf(
                    spec.getMinAvailable() != null
                        || unavailable == null
                        || !Objects.equals(unavailable.getValue(), 1),
                    budget,
                    "does not say maxUnavailable: 1");
              }));

  static final Rule BROKERS_START_TOGETHER =
      new Rule(
          "the pods of a StatefulSet start and stop in parallel",
          "one broker that does not start would keep all later ones from starting",
          Breaches.perObject(
              StatefulSet.class,
              (set, breaches) ->
                  breaches.addIf(
                      !"Parallel".equals(set.getSpec().getPodManagementPolicy()),
                      set,
                      "podManagementPolicy is not Parallel")));

  static final Rule NO_REPLICAS_UNDER_AN_AUTOSCALER =
      new Rule(
          "what an autoscaler scales has no replicas of its own",
          "every upgrade would set the number back",
          Breaches.overall((rendering, breaches) -> {
            for (var autoscaler : rendering.all(HorizontalPodAutoscaler.class)) {
              target(rendering, autoscaler.getSpec().getScaleTargetRef())
                  .flatMap(workload -> workload.replicas().map(replicas -> workload))
                  .ifPresent(workload ->
                      breaches.add(
                          workload.owner(),
                          "has replicas although "
                              + Rendering.describe(autoscaler)
                              + " scales it"));
            }
          }));

  static final Rule AUTOSCALERS_HAVE_A_TARGET =
      new Rule(
          "an autoscaler scales something that is there, from its minimum up to its maximum",
          "it would scale nothing, and say so only in its status",
          Breaches.overall((rendering, breaches) -> {
            for (var autoscaler : rendering.all(HorizontalPodAutoscaler.class)) {
              var spec = autoscaler.getSpec();
              breaches.addIf(
                  target(rendering, spec.getScaleTargetRef()).isEmpty(),
                  autoscaler,
                  "scales nothing that is there");
              breaches.addIf(
                  spec.getMinReplicas() == null || spec.getMinReplicas() > spec.getMaxReplicas(),
                  autoscaler,
                  "its minimum is above its maximum");
            }
          }));

  static final Rule REPLICAS_WITHOUT_AN_AUTOSCALER =
      new Rule(
          "what no autoscaler scales says how many pods it has",
          "Kubernetes would take one for granted",
          Breaches.overall((rendering, breaches) -> {
            for (var workload : Workload.of(rendering)) {
              var owner = workload.owner();
              var scaled =
                  rendering.all(HorizontalPodAutoscaler.class).stream()
                      .map(autoscaler -> autoscaler.getSpec().getScaleTargetRef())
                      .anyMatch(target -> names(target, workload));
              breaches.addIf(
                  (owner instanceof StatefulSet || owner instanceof Deployment)
                      && !scaled
                      && workload.replicas().isEmpty(),
                  owner,
                  "has no replicas");
            }
          }));

  static final List<Rule> ALL =
      List.of(
          ONE_AT_A_TIME,
          BROKERS_START_TOGETHER,
          NO_REPLICAS_UNDER_AN_AUTOSCALER,
          AUTOSCALERS_HAVE_A_TARGET,
          REPLICAS_WITHOUT_AN_AUTOSCALER);

  private AvailabilityRules() {}

  private static Optional<Workload> target(
      Rendering rendering, CrossVersionObjectReference reference) {
    return Workload.of(rendering).stream().filter(workload -> names(reference, workload)).findAny();
  }

  private static boolean names(CrossVersionObjectReference reference, Workload workload) {
    return workload.owner().getKind().equals(reference.getKind())
        && workload.owner().getMetadata().getName().equals(reference.getName());
  }
}
