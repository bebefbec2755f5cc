package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.mosquittoha.manifests.ConfigFiles;
import io.mosquittoha.manifests.Rendering;
import io.mosquittoha.manifests.Times;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Agents find each other, agree who leads, and nobody else has a say. */
final class ReplicationRules {

  private static final String PEER = "peer";
  private static final int PEER_PORT = 7000;

  /** What agents write beside the spec begins so. */
  private static final String AGENTS_OWN = "mosquitto-ha.io/";

  static final Rule THE_VIEW_IS_THE_AGENTS =
      new Rule(
          "the Lease carries nothing that agents write",
          "every upgrade would take back who leads, and with it what was acknowledged",
          Breaches.perObject(
              Lease.class,
              (lease, breaches) -> {
                breaches.addIf(lease.getSpec() != null, lease, "has a spec");
                annotations(lease).keySet().stream()
                    .filter(annotation -> annotation.startsWith(AGENTS_OWN))
                    .forEach(annotation -> breaches.add(lease, "has annotation " + annotation));
              }));

  static final Rule ONE_OBJECT_TO_WRITE =
      new Rule(
          "the brokers' Role names exactly one Lease of the release, to be read and changed but not"
              + " created",
          "who breaks into a broker could change what else is in the namespace",
          Breaches.overall((rendering, breaches) -> {
            for (var role : rendering.all(Role.class)) {
              if (ManagementRules.isOfTheCenter(role)) {
                continue; // Another rule's business.
              }
              breaches.addIf(role.getRules().size() != 1, role, "has not exactly one rule");
              for (var rule : role.getRules()) {
                breaches.addIf(
                    !rule.getApiGroups().equals(List.of("coordination.k8s.io"))
                        || !rule.getResources().equals(List.of("leases")),
                    role,
                    "speaks of more than leases");
                var names = rule.getResourceNames();
                breaches.addIf(
                    names.size() != 1 || !isThere(rendering, Lease.class, names.getFirst()),
                    role,
                    "names not exactly one Lease of the release, but " + names);
                var others =
                    rule.getVerbs().stream()
                        .filter(verb -> !Set.of("get", "update", "patch").contains(verb))
                        .toList();
                breaches.addIf(!others.isEmpty(), role, "allows to " + others);
              }
            }
            for (var binding : rendering.all(RoleBinding.class)) {
              breaches.addIf(
                  !isThere(rendering, Role.class, binding.getRoleRef().getName()),
                  binding,
                  "grants " + binding.getRoleRef().getName() + ", which is no Role here");
            }
            for (var object : rendering.objects()) {
              breaches.addIf(
                  object instanceof ClusterRole || object instanceof ClusterRoleBinding,
                  object,
                  "reaches beyond the namespace");
            }
          }));

  static final Rule A_TOKEN_WHERE_THERE_IS_A_ROLE =
      new Rule(
          "only pods with a Role get a token, in their own container alone; rights of the"
              + " management center may come from elsewhere",
          "a token is of use to whoever breaks into another container",
          Breaches.overall((rendering, breaches) -> {
            for (var workload : Workload.of(rendering)) {
              for (var volume : workload.spec().getVolumes()) {
                if (volume.getProjected() == null
                    || volume.getProjected().getSources().stream()
                        .allMatch(source -> source.getServiceAccountToken() == null)) {
                  continue;
                }
                breaches.addIf(
                    !workload.isCenter() && !hasRights(rendering, workload),
                    workload.owner(),
                    "gets a token that is good for nothing");
                workload.allContainers().stream()
                    .filter(container -> !Optional.of(container).equals(workload.mainContainer()))
                    .filter(container ->
                        container.getVolumeMounts().stream()
                            .anyMatch(mount -> mount.getName().equals(volume.getName())))
                    .forEach(container ->
                        breaches.add(
                            workload.owner(),
                            "container " + container.getName() + " gets the token too"));
              }
            }
          }));

  static final Rule PEERS_ONLY =
      new Rule(
          "the port for peers is open to the brokers of the release only",
          "somebody else could try to be a follower",
          Breaches.overall((rendering, breaches) -> {
            for (var policy : rendering.all(NetworkPolicy.class)) {
              var workload = LabelRules.selected(rendering, policy);
              if (workload.isEmpty() || !workload.get().hasPort(PEER)) {
                continue;
              }
              for (var rule : policy.getSpec().getIngress()) {
                breaches.addIf(
                    opensPeers(rule) && !isFromOnly(rule, workload.get()),
                    policy,
                    "lets others than brokers in at port " + PEER);
              }
              breaches.addIf(
                  policy.getSpec().getIngress().stream().noneMatch(ReplicationRules::opensPeers),
                  policy,
                  "lets nobody in at port " + PEER);
            }
          }));

  static final Rule AGENTS_KNOW_WHAT_IS_THERE =
      new Rule(
          "agents are told of a Service, a Lease and folders that are there",
          "they would wait for each other for ever",
          withAgent((rendering, agent, workload, breaches) -> {
            var service = agent.getProperty("service", "");
            breaches.addIf(
                !service.isEmpty()
                    && !isThere(rendering, Service.class, service.replaceFirst("\\..*", "")),
                workload.owner(),
                "its agent looks for others at " + service + ", which is not there");
            breaches.addIf(
                "lease".equals(agent.getProperty("view"))
                    && !isThere(rendering, Lease.class, agent.getProperty("lease", "")),
                workload.owner(),
                "its agent wants Lease " + agent.getProperty("lease") + ", which is not there");
            breaches.addIf(
                service.isEmpty() == "lease".equals(agent.getProperty("view")),
                workload.owner(),
                "its agent has a view to share and nobody to share it with, or the reverse");
            Stream.of("peerTls", "tokenFile", "watch")
                .map(agent::getProperty)
                .filter(path -> path != null && !workload.mounts(path))
                .forEach(path ->
                    breaches.add(
                        workload.owner(),
                        "its agent reads " + path + ", where nothing is mounted"));
          }));

  static final Rule A_LEADER_STOPS_BEFORE_ANOTHER_BEGINS =
      new Rule(
          "heartbeat is shorter than the lease, and the lease is shorter than the time of"
              + " take-over",
          "a leader would go on serving clients when another already does",
          withAgent((rendering, agent, workload, breaches) -> {
            if (!"lease".equals(agent.getProperty("view"))) {
              return;
            }
            var heartbeat = Times.millis(agent.getProperty("heartbeat", "100ms"));
            var lease = Times.millis(agent.getProperty("lease.time", "500ms"));
            var takeover = Times.millis(agent.getProperty("takeover", "800ms"));
            breaches.addIf(heartbeat * 2 > lease, workload.owner(), "its heartbeat is too slow");
            breaches.addIf(lease >= takeover, workload.owner(), "its lease is too long");
          }));

  static final Rule ENOUGH_TO_ACKNOWLEDGE =
      new Rule(
          "there are as many brokers as must have a change before it is acknowledged",
          "nothing would ever be acknowledged",
          withAgent((rendering, agent, workload, breaches) ->
              breaches.addIf(
                  Integer.parseInt(agent.getProperty("minInSync", "1"))
                      > workload.replicas().orElse(0),
                  workload.owner(),
                  "minInSync is " + agent.getProperty("minInSync"))));

  static final Rule AGENTS_KNOW_WHO_THEY_ARE =
      new Rule(
          "agents are told their pod's name, namespace, address and revision",
          "none could say who it is, or that it is newer than the leader",
          withAgent((rendering, agent, workload, breaches) -> {
            var told =
                workload.mainContainer().stream()
                    .flatMap(container -> container.getEnv().stream())
                    .filter(variable ->
                        variable.getValueFrom() != null
                            && variable.getValueFrom().getFieldRef() != null)
                    .collect(
                        java.util.stream.Collectors.toMap(
                            variable -> variable.getName(),
                            variable -> variable.getValueFrom().getFieldRef().getFieldPath()));
            Map.of(
                    "POD_NAME", "metadata.name",
                    "POD_NAMESPACE", "metadata.namespace",
                    "POD_IP", "status.podIP",
                    "POD_REVISION", "metadata.labels['controller-revision-hash']")
                .forEach((name, field) ->
                    breaches.addIf(
                        !field.equals(told.get(name)),
                        workload.owner(),
                        name + " is not " + field));
          }));

  static final List<Rule> ALL =
      List.of(
          THE_VIEW_IS_THE_AGENTS,
          ONE_OBJECT_TO_WRITE,
          A_TOKEN_WHERE_THERE_IS_A_ROLE,
          PEERS_ONLY,
          AGENTS_KNOW_WHAT_IS_THERE,
          A_LEADER_STOPS_BEFORE_ANOTHER_BEGINS,
          ENOUGH_TO_ACKNOWLEDGE,
          AGENTS_KNOW_WHO_THEY_ARE);

  private ReplicationRules() {}

  /** Looks at what an agent is told, beside the pods in which it runs. */
  private interface AgentCheck {
    void accept(Rendering rendering, Properties agent, Workload brokers, Breaches breaches);
  }

  private static java.util.function.Function<Rendering, List<String>> withAgent(AgentCheck check) {
    BiConsumer<Rendering, Breaches> overall =
        (rendering, breaches) ->
            ConfigFiles.of(rendering)
                .agent()
                .ifPresent(agent ->
                    Workload.of(rendering).stream()
                        .filter(Workload::isBroker)
                        .forEach(brokers -> check.accept(rendering, agent, brokers, breaches)));
    return Breaches.overall(overall);
  }

  static boolean isThere(Rendering rendering, Class<? extends HasMetadata> type, String name) {
    return rendering.all(type).stream()
        .anyMatch(object -> object.getMetadata().getName().equals(name));
  }

  private static boolean hasRights(Rendering rendering, Workload workload) {
    return rendering.all(RoleBinding.class).stream()
        .filter(binding -> isThere(rendering, Role.class, binding.getRoleRef().getName()))
        .flatMap(binding -> binding.getSubjects().stream())
        .anyMatch(subject -> subject.getName().equals(workload.spec().getServiceAccountName()));
  }

  private static boolean opensPeers(NetworkPolicyIngressRule rule) {
    return rule.getPorts().isEmpty()
        || rule.getPorts().stream()
            .map(NetworkPolicyPort::getPort)
            .anyMatch(port ->
                port == null
                    || PEER.equals(port.getStrVal())
                    || Integer.valueOf(PEER_PORT).equals(port.getIntVal()));
  }

  private static boolean isFromOnly(NetworkPolicyIngressRule rule, Workload brokers) {
    return !rule.getFrom().isEmpty()
        && rule.getFrom().stream()
            .allMatch(peer ->
                peer.getNamespaceSelector() == null
                    && peer.getIpBlock() == null
                    && peer.getPodSelector() != null
                    && peer.getPodSelector().getMatchLabels() != null
                    && brokers.isSelectedBy(peer.getPodSelector().getMatchLabels())
                    && peer.getPodSelector().getMatchLabels().containsKey(Workload.COMPONENT));
  }

  private static Map<String, String> annotations(HasMetadata object) {
    var annotations = object.getMetadata().getAnnotations();
    return annotations == null ? Map.of() : annotations;
  }
}
