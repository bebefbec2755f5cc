package io.mosquittoha.certification.lab;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a person needs to understand a failure when the cluster is long gone. Passwords and keys are
 * not part of it.
 */
final class Evidence {

  private final Lab lab;
  private final Path folder;

  private Evidence(Lab lab, Path folder) {
    this.lab = lab;
    this.folder = folder;
  }

  /** Collects into {@code bundles/TEST}. */
  static Path collect(Lab lab, String test) {
    var folder =
        Checkout.results().resolve("bundles").resolve(test.replaceAll("[^A-Za-z0-9_.-]+", "_"));
    var evidence = new Evidence(lab, folder);
    evidence.objects();
    evidence.events();
    evidence.logs();
    evidence.agents();
    return folder;
  }

  /** Everything in the namespace that a release, or Kubernetes for it, makes; and the nodes. */
  static Stream<HasMetadata> everything(Lab lab) {
    var client = lab.kubernetes();
    var namespace = lab.namespace();
    return Stream.<List<? extends HasMetadata>>of(
            client.nodes().list().getItems(),
            client.apps().statefulSets().inNamespace(namespace).list().getItems(),
            client.apps().deployments().inNamespace(namespace).list().getItems(),
            client.apps().replicaSets().inNamespace(namespace).list().getItems(),
            client
                .autoscaling()
                .v2()
                .horizontalPodAutoscalers()
                .inNamespace(namespace)
                .list()
                .getItems(),
            client.policy().v1().podDisruptionBudget().inNamespace(namespace).list().getItems(),
            client.network().v1().networkPolicies().inNamespace(namespace).list().getItems(),
            client.services().inNamespace(namespace).list().getItems(),
            client.discovery().v1().endpointSlices().inNamespace(namespace).list().getItems(),
            client.configMaps().inNamespace(namespace).list().getItems(),
            client.secrets().inNamespace(namespace).list().getItems(),
            client.leases().inNamespace(namespace).list().getItems(),
            client.serviceAccounts().inNamespace(namespace).list().getItems(),
            client.persistentVolumeClaims().inNamespace(namespace).list().getItems(),
            client.pods().inNamespace(namespace).list().getItems())
        .flatMap(List::stream);
  }

  private void objects() {
    write(
        "objects.yaml",
        everything(lab)
            .map(Evidence::withoutSecrets)
            .map(Serialization::asYaml)
            .collect(Collectors.joining("---\n")));
  }

  private static HasMetadata withoutSecrets(HasMetadata object) {
    object.getMetadata().setManagedFields(List.of());
    if (object instanceof Secret secret && secret.getData() != null) {
      secret.getData().replaceAll((key, value) -> "");
    }
    return object;
  }

  private void events() {
    write(
        "events.txt",
        lab.kubernetes().v1().events().inNamespace(lab.namespace()).list().getItems().stream()
            .sorted(
                Comparator.comparing(
                    event -> String.valueOf(event.getMetadata().getCreationTimestamp())))
            .map(event ->
                "%s %s %s/%s %s: %s (x%s)"
                    .formatted(
                        event.getMetadata().getCreationTimestamp(),
                        event.getType(),
                        event.getInvolvedObject().getKind(),
                        event.getInvolvedObject().getName(),
                        event.getReason(),
                        event.getMessage(),
                        event.getCount()))
            .collect(Collectors.joining("\n", "", "\n")));
  }

  private void agents() {
    for (var installation : lab.installations()) {
      if (installation.isInstalled() && installation.hasAgents()) {
        installation
            .agents()
            .statements()
            .forEach((name, text) -> write("agents/%s.txt".formatted(name), text));
      }
    }
  }

  private void logs() {
    for (var pod : lab.kubernetes().pods().inNamespace(lab.namespace()).list().getItems()) {
      for (var container : pod.getSpec().getContainers()) {
        log(pod, container.getName(), false);
        log(pod, container.getName(), true);
      }
    }
  }

  private void log(Pod pod, String container, boolean previous) {
    var name = pod.getMetadata().getName();
    var of =
        lab.kubernetes().pods().inNamespace(lab.namespace()).withName(name).inContainer(container);
    try {
      var log = previous ? of.terminated().getLog() : of.usingTimestamps().getLog();
      write("logs/%s-%s%s.log".formatted(name, container, previous ? "-previous" : ""), log);
    } catch (KubernetesClientException e) {
      if (!previous) {
        write("logs/%s-%s-missing.log".formatted(name, container), e.getMessage() + "\n");
      }
    }
  }

  private void write(String file, String text) {
    try {
      var path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, text);
    } catch (IOException e) {
      throw new UncheckedIOException("can't keep evidence in " + folder, e);
    }
  }
}
