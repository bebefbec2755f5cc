package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Pods may as little as possible, and passwords stay where they belong. */
final class SecurityRules {

  /** Shorter ones occur by chance. */
  private static final int SHORTEST_SECRET = 8;

  static final Rule RESTRICTED =
      new Rule(
          "every pod fits the restricted profile of Pod Security",
          "a namespace that enforces it, and OpenShift's restricted-v2, would refuse the pod",
          Breaches.perWorkload((workload, breaches) -> {
            var owner = workload.owner();
            var spec = workload.spec();
            breaches.addIf(
                Boolean.TRUE.equals(spec.getHostNetwork())
                    || Boolean.TRUE.equals(spec.getHostPID())
                    || Boolean.TRUE.equals(spec.getHostIPC()),
                owner,
                "uses the host's namespaces");
            for (var volume : spec.getVolumes()) {
              breaches.addIf(
                  !isHarmless(volume),
                  owner,
                  "volume " + volume.getName() + " is of a kind that restricted refuses");
            }
            for (var container : workload.allContainers()) {
              restricted(workload, container, breaches);
            }
          }));

  static final Rule READ_ONLY_ROOT =
      new Rule(
          "every container's root file system is read-only",
          "what an intruder cannot write, he cannot start",
          Breaches.perWorkload((workload, breaches) -> {
            for (var container : workload.allContainers()) {
              var context = container.getSecurityContext();
              breaches.addIf(
                  context == null || !Boolean.TRUE.equals(context.getReadOnlyRootFilesystem()),
                  workload.owner(),
                  "container " + container.getName() + " can write its root file system");
            }
          }));

  static final Rule NO_TOKEN =
      new Rule(
          "no pod gets a token of the Kubernetes API by itself",
          "every container of the pod would have it, also those that never talk to the API",
          Breaches.perWorkload((workload, breaches) ->
              breaches.addIf(
                  !Boolean.FALSE.equals(workload.spec().getAutomountServiceAccountToken()),
                  workload.owner(),
                  "automountServiceAccountToken is not false")));

  static final Rule SECRETS_STAY_SECRET =
      new Rule(
          "what is in a Secret is nowhere else",
          "ConfigMaps, arguments and environment are read by many who may not read Secrets",
          Breaches.overall((rendering, breaches) -> {
            var secrets = new ArrayList<String>();
            for (var secret : rendering.all(Secret.class)) {
              secrets.addAll(values(secret));
            }
            for (var object : rendering.objects()) {
              if (object instanceof Secret) {
                continue;
              }
              var yaml = Serialization.asYaml(object);
              breaches.addIf(
                  secrets.stream().anyMatch(yaml::contains),
                  object,
                  "repeats the content of a Secret");
              breaches.addIf(
                  object instanceof ConfigMap && yaml.contains("PRIVATE KEY"),
                  object,
                  "has a private key");
            }
          }));

  static final Rule NO_FIXED_IDS =
      new Rule(
          "no pod asks for certain user or group ids",
          "OpenShift assigns them to the namespace and refuses pods that ask for others",
          Breaches.perWorkload((workload, breaches) -> {
            var pod = workload.spec().getSecurityContext();
            breaches.addIf(
                pod != null
                    && (pod.getRunAsUser() != null
                        || pod.getRunAsGroup() != null
                        || pod.getFsGroup() != null),
                workload.owner(),
                "the pod asks for certain ids");
            for (var container : workload.allContainers()) {
              var context = container.getSecurityContext();
              breaches.addIf(
                  context != null
                      && (context.getRunAsUser() != null || context.getRunAsGroup() != null),
                  workload.owner(),
                  "container " + container.getName() + " asks for certain ids");
            }
          }));

  static final List<Rule> ALL = List.of(RESTRICTED, READ_ONLY_ROOT, NO_TOKEN, SECRETS_STAY_SECRET);

  private SecurityRules() {}

  private static void restricted(Workload workload, Container container, Breaches breaches) {
    var owner = workload.owner();
    var what = "container " + container.getName() + " ";
    var pod = workload.spec().getSecurityContext();
    var context = container.getSecurityContext();
    if (context == null) {
      breaches.add(owner, what + "has no security context");
      return;
    }
    breaches.addIf(Boolean.TRUE.equals(context.getPrivileged()), owner, what + "is privileged");
    breaches.addIf(
        !Boolean.FALSE.equals(context.getAllowPrivilegeEscalation()),
        owner,
        what + "may gain privileges");
    var nonRoot =
        Optional.ofNullable(context.getRunAsNonRoot())
            .orElse(pod == null ? null : pod.getRunAsNonRoot());
    breaches.addIf(!Boolean.TRUE.equals(nonRoot), owner, what + "may run as root");
    var user =
        Optional.ofNullable(context.getRunAsUser()).orElse(pod == null ? null : pod.getRunAsUser());
    breaches.addIf(Objects.equals(user, 0L), owner, what + "runs as root");
    var profile =
        Optional.ofNullable(context.getSeccompProfile())
            .orElse(pod == null ? null : pod.getSeccompProfile());
    breaches.addIf(
        profile == null || !Set.of("RuntimeDefault", "Localhost").contains(profile.getType()),
        owner,
        what + "has no seccomp profile");
    var capabilities = context.getCapabilities();
    breaches.addIf(
        capabilities == null || !capabilities.getDrop().contains("ALL"),
        owner,
        what + "keeps capabilities");
    breaches.addIf(
        capabilities != null
            && capabilities.getAdd().stream().anyMatch(added -> !added.equals("NET_BIND_SERVICE")),
        owner,
        what + "adds capabilities");
    breaches.addIf(
        container.getPorts().stream().anyMatch(port -> port.getHostPort() != null),
        owner,
        what + "takes a port of the host");
  }

  private static boolean isHarmless(Volume volume) {
    return volume.getConfigMap() != null
        || volume.getCsi() != null
        || volume.getDownwardAPI() != null
        || volume.getEmptyDir() != null
        || volume.getEphemeral() != null
        || volume.getPersistentVolumeClaim() != null
        || volume.getProjected() != null
        || volume.getSecret() != null;
  }

  private static List<String> values(Secret secret) {
    var values = new ArrayList<String>();
    if (secret.getStringData() != null) {
      values.addAll(secret.getStringData().values());
    }
    if (secret.getData() != null) {
      for (var encoded : secret.getData().values()) {
        values.add(encoded);
        values.add(new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8));
      }
    }
    return values.stream().filter(value -> value.length() >= SHORTEST_SECRET).toList();
  }
}
