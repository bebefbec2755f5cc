package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.mosquittoha.manifests.ConfigFiles;
import io.mosquittoha.manifests.Rendering;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** The management center finds the brokers, and nobody gets at them through what it needs. */
final class ManagementRules {

  private static final String CENTER = "management-center";
  private static final String DOOR = "management";
  private static final int DOOR_PORT = 1884;
  private static final String AUTOSCALERS = "horizontalpodautoscalers";

  /** What it may do with what. */
  private static final Map<String, Set<String>> RIGHTS =
      Map.of(
          "pods",
          Set.of("get", "delete"),
          "pods/log",
          Set.of("get"),
          "statefulsets",
          Set.of("get"),
          "statefulsets/scale",
          Set.of("patch"),
          AUTOSCALERS,
          Set.of("list"));

  static final Rule RIGHTS_OF_THE_CENTER =
      new Rule(
          "the management center may see and change the brokers, by their names, and see whether"
              + " there is an autoscaler",
          "who breaks into it could read Secrets, or change what else is in the namespace",
          Breaches.overall((rendering, breaches) -> {
            for (var role : rendering.all(Role.class)) {
              if (!isOfTheCenter(role)) {
                continue;
              }
              for (var rule : role.getRules()) {
                for (var resource : rule.getResources()) {
                  breaches.addIf(!RIGHTS.containsKey(resource), role, "speaks of " + resource);
                  rule.getVerbs().stream()
                      .filter(verb -> !RIGHTS.getOrDefault(resource, Set.of()).contains(verb))
                      .forEach(verb -> breaches.add(role, "allows to " + verb + " " + resource));
                }
                breaches.addIf(
                    !rule.getResources().equals(List.of(AUTOSCALERS))
                        && !namesBrokersOnly(rendering, rule),
                    role,
                    "allows to "
                        + rule.getVerbs()
                        + " what is no broker: "
                        + rule.getResourceNames());
              }
            }
          }));

  static final Rule A_DOOR_OF_ITS_OWN =
      new Rule(
          "brokers' port for the management center is open to it only, and to brokers that relay",
          "it has no TLS, and takes who comes for whom he says he is",
          Breaches.overall((rendering, breaches) -> {
            for (var policy : rendering.all(NetworkPolicy.class)) {
              var workload = LabelRules.selected(rendering, policy);
              if (workload.isEmpty() || !workload.get().hasPort(DOOR)) {
                continue;
              }
              var allowed =
                  workload.get().hasPort("peer") ? Set.of(CENTER, "broker") : Set.of(CENTER);
              var doors =
                  policy.getSpec().getIngress().stream().filter(ManagementRules::opens).toList();
              breaches.addIf(
                  doors.stream()
                      .anyMatch(rule ->
                          rule.getFrom().isEmpty()
                              || !rule.getFrom().stream()
                                  .allMatch(peer -> isOneOf(allowed, peer, workload.get()))),
                  policy,
                  "lets others than the management center in at port " + DOOR);
              breaches.addIf(doors.isEmpty(), policy, "lets nobody in at port " + DOOR);
            }
          }));

  static final Rule THE_CENTER_KNOWS_WHAT_IS_THERE =
      new Rule(
          "the management center is told of workloads, a Service, a port, an account and files that"
              + " are there",
          "it would show an empty cluster, and say nothing of why",
          withCenter((rendering, told, workload, breaches) -> {
            var owner = workload.owner();
            var set = told.getProperty("statefulSet", "");
            breaches.addIf(
                !ReplicationRules.isThere(rendering, StatefulSet.class, set),
                owner,
                "looks for StatefulSet " + set + ", which is not there");
            var service = told.getProperty("service", "").replaceFirst("\\..*", "");
            breaches.addIf(
                !ReplicationRules.isThere(rendering, Service.class, service),
                owner,
                "looks for brokers at " + service + ", which is not there");
            var proxies = told.getProperty("proxies", "");
            breaches.addIf(
                !proxies.isEmpty()
                    && !ReplicationRules.isThere(rendering, Deployment.class, proxies),
                owner,
                "looks for HAProxy in " + proxies + ", which is not there");
            for (var brokers : Workload.of(rendering)) {
              for (var port : List.of("agentPort", "mqttPort")) {
                var number = Integer.parseInt(told.getProperty(port, "0"));
                breaches.addIf(
                    brokers.isBroker() && number != 0 && !brokers.hasPort(number),
                    owner,
                    port + " is " + number + ", which " + brokers.name() + " does not have");
              }
            }
            breaches.addIf(
                !ConfigFiles.of(rendering)
                    .accounts()
                    .contains("\"" + told.getProperty("account", "") + "\""),
                owner,
                "its account " + told.getProperty("account") + " is not declared");
            files(told)
                .filter(path -> !workload.mounts(path))
                .forEach(
                    path -> breaches.add(owner, "reads " + path + ", where nothing is mounted"));
          }));

  static final Rule ONE_CENTER =
      new Rule(
          "there is one management center, which is gone before another one starts",
          "two would write one volume, and the second might wait for it for ever",
          Breaches.perObject(
              Deployment.class,
              (deployment, breaches) -> {
                if (Workload.of(deployment).filter(Workload::isCenter).isEmpty()) {
                  return;
                }
                breaches.addIf(
                    !Integer.valueOf(1).equals(deployment.getSpec().getReplicas()),
                    deployment,
                    "there is not exactly one of it");
                breaches.addIf(
                    !"Recreate".equals(deployment.getSpec().getStrategy().getType()),
                    deployment,
                    "another one starts before it is gone");
              }));

  static final Rule LOGIN_IS_KEPT_WITH_THE_VOLUME =
      new Rule(
          "the Secret with the first password goes if and only if the volume with the users goes",
          "a new release would tell a password that nobody can log in with",
          Breaches.overall((rendering, breaches) -> {
            for (var claim : rendering.all(PersistentVolumeClaim.class)) {
              var name = claim.getMetadata().getName();
              rendering.all(io.fabric8.kubernetes.api.model.Secret.class).stream()
                  .filter(secret -> secret.getMetadata().getName().equals(name))
                  .filter(secret -> isKept(secret) != isKept(claim))
                  .forEach(secret -> breaches.add(secret, "does not share its volume's fate"));
            }
          }));

  static final List<Rule> ALL =
      List.of(
          RIGHTS_OF_THE_CENTER,
          A_DOOR_OF_ITS_OWN,
          THE_CENTER_KNOWS_WHAT_IS_THERE,
          ONE_CENTER,
          LOGIN_IS_KEPT_WITH_THE_VOLUME);

  private ManagementRules() {}

  static boolean isOfTheCenter(Role role) {
    return CENTER.equals(LabelRules.labels(role).get(Workload.COMPONENT));
  }

  /** Looks at what the management center is told, beside its pod. */
  private interface CenterCheck {
    void accept(Rendering rendering, Properties told, Workload center, Breaches breaches);
  }

  private static java.util.function.Function<Rendering, List<String>> withCenter(
      CenterCheck check) {
    BiConsumer<Rendering, Breaches> overall =
        (rendering, breaches) -> {
          var told = ConfigFiles.of(rendering).center();
          for (var workload : Workload.of(rendering)) {
            if (!workload.isCenter()) {
              continue;
            }
            breaches.addIf(told.isEmpty(), workload.owner(), "is told nothing");
            told.ifPresent(properties -> check.accept(rendering, properties, workload, breaches));
          }
        };
    return Breaches.overall(overall);
  }

  private static Stream<String> files(Properties told) {
    return Stream.of(
            "passwordFile",
            "tokenFile",
            "firstPasswordFile",
            "data",
            "certificate",
            "certificateKey",
            "oidc.clientSecretFile")
        .flatMap(key -> Optional.ofNullable(told.getProperty(key)).stream());
  }

  private static boolean namesBrokersOnly(Rendering rendering, PolicyRule rule) {
    var brokers = rendering.fullName();
    return !rule.getResourceNames().isEmpty()
        && rule.getResourceNames().stream()
            .allMatch(name -> name.matches("\\Q" + brokers + "\\E(-[0-9]+)?"));
  }

  private static boolean opens(NetworkPolicyIngressRule rule) {
    return rule.getPorts().isEmpty()
        || rule.getPorts().stream()
            .map(NetworkPolicyPort::getPort)
            .anyMatch(port ->
                port == null
                    || DOOR.equals(port.getStrVal())
                    || Integer.valueOf(DOOR_PORT).equals(port.getIntVal()));
  }

  /** Pods of the release, of one of these components. */
  private static boolean isOneOf(Set<String> components, NetworkPolicyPeer peer, Workload brokers) {
    if (peer.getNamespaceSelector() != null
        || peer.getIpBlock() != null
        || peer.getPodSelector() == null
        || peer.getPodSelector().getMatchLabels() == null) {
      return false;
    }
    var labels = peer.getPodSelector().getMatchLabels();
    var instance = "app.kubernetes.io/instance";
    return components.contains(labels.getOrDefault(Workload.COMPONENT, ""))
        && brokers.labels().getOrDefault(instance, "-").equals(labels.get(instance));
  }

  private static boolean isKept(io.fabric8.kubernetes.api.model.HasMetadata object) {
    var annotations = object.getMetadata().getAnnotations();
    return annotations != null && "keep".equals(annotations.get("helm.sh/resource-policy"));
  }
}
