package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.mosquittoha.manifests.ConfigFiles;
import io.mosquittoha.manifests.Rendering;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What pods mount is there, and they notice when it changes. */
final class StorageRules {

  static final Rule MOUNTS_HAVE_VOLUMES =
      new Rule(
          "every mount has its volume",
          "the API server refuses the pod",
          Breaches.perWorkload((workload, breaches) -> {
            var volumes = new HashSet<String>();
            workload.spec().getVolumes().forEach(volume -> volumes.add(volume.getName()));
            if (workload.owner() instanceof StatefulSet set) {
              set.getSpec()
                  .getVolumeClaimTemplates()
                  .forEach(claim -> volumes.add(claim.getMetadata().getName()));
            }
            for (var container : workload.allContainers()) {
              for (var mount : container.getVolumeMounts()) {
                breaches.addIf(
                    !volumes.contains(mount.getName()),
                    workload.owner(),
                    "container "
                        + container.getName()
                        + " mounts "
                        + mount.getName()
                        + ", which is no volume");
              }
            }
          }));

  static final Rule REFERENCES_RESOLVE =
      new Rule(
          "ConfigMaps, Secrets, claims and ServiceAccounts named after the release are part of it",
          "the pod would wait for them for ever",
          Breaches.overall((rendering, breaches) -> {
            for (var workload : Workload.of(rendering)) {
              for (var volume : workload.spec().getVolumes()) {
                for (var reference : references(volume)) {
                  resolve(rendering, workload, reference, breaches);
                }
                if (volume.getPersistentVolumeClaim() != null) {
                  resolve(
                      rendering,
                      workload,
                      new Reference(
                          PersistentVolumeClaim.class,
                          volume.getPersistentVolumeClaim().getClaimName()),
                      breaches);
                }
              }
              for (var container : workload.allContainers()) {
                for (var variable : container.getEnv()) {
                  var from = variable.getValueFrom();
                  if (from != null && from.getSecretKeyRef() != null) {
                    resolve(
                        rendering,
                        workload,
                        new Reference(Secret.class, from.getSecretKeyRef().getName()),
                        breaches);
                  }
                }
              }
              var account = workload.spec().getServiceAccountName();
              if (account != null) {
                resolve(
                    rendering, workload, new Reference(ServiceAccount.class, account), breaches);
              }
            }
          }));

  static final Rule CHANGES_ARRIVE =
      new Rule(
          "a changed ConfigMap or Secret reaches the program: its pods roll, or it watches the"
              + " folder",
          "an upgrade would succeed and change nothing",
          Breaches.overall((rendering, breaches) -> {
            for (var workload : Workload.of(rendering)) {
              var main = workload.mainContainer();
              if (!workload.isLongRunning() || main.isEmpty()) {
                continue;
              }
              var rolls =
                  workload.meta().getAnnotations() == null
                      ? List.<String>of()
                      : workload.meta().getAnnotations().keySet().stream()
                          .filter(annotation -> annotation.startsWith("checksum/"))
                          .toList();
              for (var volume : workload.spec().getVolumes()) {
                if (!isOurs(rendering, volume)) {
                  continue;
                }
                for (var mount : main.get().getVolumeMounts()) {
                  if (!mount.getName().equals(volume.getName())) {
                    continue;
                  }
                  var watched =
                      main.get().getArgs().stream()
                              .anyMatch(argument -> argument.equals(mount.getMountPath()))
                          || workload.isBroker() && isReadAnew(rendering, mount.getMountPath())
                          || workload.isCenter() && isServed(rendering, mount.getMountPath());
                  breaches.addIf(
                      !watched && !rolls.contains("checksum/" + volume.getName()),
                      workload.owner(),
                      "neither watches "
                          + mount.getMountPath()
                          + " nor has the annotation checksum/"
                          + volume.getName());
                }
              }
            }
          }));

  static final Rule ONE_VOLUME_FOR_LIFE =
      new Rule(
          "a broker's volume is claimed as data, and is at /mosquitto/data",
          "another variant of the same name would not find the state of the one before it",
          Breaches.perWorkload((workload, breaches) -> {
            if (!workload.isBroker() || !(workload.owner() instanceof StatefulSet set)) {
              return;
            }
            for (var claim : set.getSpec().getVolumeClaimTemplates()) {
              breaches.addIf(
                  !claim.getMetadata().getName().equals("data"),
                  set,
                  "claims a volume as " + claim.getMetadata().getName());
            }
            breaches.addIf(
                workload.mainContainer().stream()
                    .flatMap(container -> container.getVolumeMounts().stream())
                    .noneMatch(mount ->
                        mount.getName().equals("data")
                            && mount.getMountPath().equals("/mosquitto/data")),
                set,
                "has no volume data at /mosquitto/data");
          }));

  static final List<Rule> ALL =
      List.of(MOUNTS_HAVE_VOLUMES, REFERENCES_RESOLVE, CHANGES_ARRIVE, ONE_VOLUME_FOR_LIFE);

  private StorageRules() {}

  /** An object that a pod needs. */
  private record Reference(Class<? extends HasMetadata> type, String name) {}

  private static List<Reference> references(Volume volume) {
    var references = new ArrayList<Reference>();
    Optional.ofNullable(volume.getConfigMap())
        .ifPresent(map -> references.add(new Reference(ConfigMap.class, map.getName())));
    Optional.ofNullable(volume.getSecret())
        .ifPresent(secret -> references.add(new Reference(Secret.class, secret.getSecretName())));
    if (volume.getProjected() != null) {
      for (VolumeProjection source : volume.getProjected().getSources()) {
        Optional.ofNullable(source.getConfigMap())
            .ifPresent(map -> references.add(new Reference(ConfigMap.class, map.getName())));
        Optional.ofNullable(source.getSecret())
            .ifPresent(secret -> references.add(new Reference(Secret.class, secret.getName())));
      }
    }
    return references;
  }

  /** Agents take certificates from these folders as they change. */
  private static boolean isReadAnew(Rendering rendering, String folder) {
    return ConfigFiles.of(rendering)
        .agent()
        .filter(agent ->
            folder.equals(agent.getProperty("peerTls"))
                || folder.equals(agent.getProperty("watch")))
        .isPresent();
  }

  /** The management center takes its certificate from this folder as it changes. */
  private static boolean isServed(Rendering rendering, String folder) {
    return ConfigFiles.of(rendering)
        .center()
        .filter(center ->
            center.getProperty("certificate", "").startsWith(folder + "/")
                && center.getProperty("certificateKey", "").startsWith(folder + "/"))
        .isPresent();
  }

  /**
   * What the chart makes, and what it lets people bring in its place. Further volumes are somebody
   * else's, and a seed is read only where a broker has nothing yet.
   */
  private static boolean isOurs(Rendering rendering, Volume volume) {
    return references(volume).stream()
        .anyMatch(reference ->
            Set.of("config", "accounts", "account", "tls", "peer", "api", "login", "oidc")
                    .contains(volume.getName())
                || rendering.all(reference.type()).stream()
                    .anyMatch(object -> object.getMetadata().getName().equals(reference.name())));
  }

  /** What is not named after the release is somebody else's, and expected to exist. */
  private static void resolve(
      Rendering rendering, Workload workload, Reference reference, Breaches breaches) {
    var made =
        rendering.all(reference.type()).stream()
            .anyMatch(object -> object.getMetadata().getName().equals(reference.name()));
    breaches.addIf(
        !made
            && reference.name().startsWith(rendering.fullName())
            && !issued(rendering, reference.name()),
        workload.owner(),
        "needs " + reference.type().getSimpleName() + "/" + reference.name());
  }

  /** cert-manager makes the Secret that a Certificate names. */
  private static boolean issued(Rendering rendering, String secret) {
    return rendering.all(io.fabric8.kubernetes.api.model.GenericKubernetesResource.class).stream()
        .anyMatch(generic ->
            generic.getKind().equals("Certificate")
                && secret.equals(generic.get("spec", "secretName")));
  }
}
