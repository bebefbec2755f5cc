package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.mosquittoha.manifests.Rendering;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An object that makes pods, and what these pods are like. */
record Workload(
    HasMetadata owner,
    Optional<LabelSelector> selector,
    Optional<Integer> replicas,
    ObjectMeta meta,
    PodSpec spec) {

  static final String COMPONENT = "app.kubernetes.io/component";

  static List<Workload> of(Rendering rendering) {
    return rendering.objects().stream().flatMap(object -> of(object).stream()).toList();
  }

  static Optional<Workload> of(HasMetadata object) {
    return switch (object) {
      case StatefulSet set ->
          Optional.of(
              of(
                  set,
                  set.getSpec().getSelector(),
                  set.getSpec().getReplicas(),
                  set.getSpec().getTemplate()));
      case Deployment deployment ->
          Optional.of(
              of(
                  deployment,
                  deployment.getSpec().getSelector(),
                  deployment.getSpec().getReplicas(),
                  deployment.getSpec().getTemplate()));
      case DaemonSet set ->
          Optional.of(of(set, set.getSpec().getSelector(), null, set.getSpec().getTemplate()));
      case Job job -> Optional.of(of(job, null, null, job.getSpec().getTemplate()));
      case CronJob job ->
          Optional.of(of(job, null, null, job.getSpec().getJobTemplate().getSpec().getTemplate()));
      case Pod pod ->
          Optional.of(
              new Workload(
                  pod, Optional.empty(), Optional.empty(), pod.getMetadata(), pod.getSpec()));
      default -> Optional.empty();
    };
  }

  private static Workload of(
      HasMetadata owner,
      @Nullable LabelSelector selector,
      @Nullable Integer replicas,
      PodTemplateSpec template) {
    return new Workload(
        owner,
        Optional.ofNullable(selector),
        Optional.ofNullable(replicas),
        template.getMetadata(),
        template.getSpec());
  }

  String name() {
    return Rendering.describe(owner);
  }

  Map<String, String> labels() {
    return meta.getLabels() == null ? Map.of() : meta.getLabels();
  }

  /** Containers that run on, not those that come and go before. */
  List<Container> containers() {
    return spec.getContainers();
  }

  /** Every container, those before the others included. */
  List<Container> allContainers() {
    return Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream()).toList();
  }

  boolean isBroker() {
    return "broker".equals(labels().get(COMPONENT));
  }

  boolean isCenter() {
    return "management-center".equals(labels().get(COMPONENT));
  }

  /** Pods that run until somebody stops them. */
  boolean isLongRunning() {
    return selector.isPresent();
  }

  /** The container that the component is named for; the others are somebody's extras. */
  Optional<Container> mainContainer() {
    return containers().stream()
        .filter(container -> container.getName().equals(labels().get(COMPONENT)))
        .findAny();
  }

  boolean isSelectedBy(Map<String, String> matchLabels) {
    return !matchLabels.isEmpty() && labels().entrySet().containsAll(matchLabels.entrySet());
  }

  boolean hasPort(String name) {
    return containers().stream()
        .flatMap(container -> container.getPorts().stream())
        .anyMatch(port -> name.equals(port.getName()));
  }

  boolean mounts(String path) {
    return mainContainer().stream()
        .flatMap(container -> container.getVolumeMounts().stream())
        .anyMatch(mount ->
            path.equals(mount.getMountPath()) || path.startsWith(mount.getMountPath() + "/"));
  }

  boolean hasPort(int number) {
    return containers().stream()
        .flatMap(container -> container.getPorts().stream())
        .anyMatch(port -> port.getContainerPort() == number);
  }

  Optional<String> portName(int number) {
    return containers().stream()
        .flatMap(container -> container.getPorts().stream())
        .filter(port -> port.getContainerPort() == number && port.getName() != null)
        .map(ContainerPort::getName)
        .findAny();
  }
}
