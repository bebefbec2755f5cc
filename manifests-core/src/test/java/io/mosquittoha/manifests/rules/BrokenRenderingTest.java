package io.mosquittoha.manifests.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.mosquittoha.manifests.Autoscaling;
import io.mosquittoha.manifests.HighAvailability;
import io.mosquittoha.manifests.Release;
import io.mosquittoha.manifests.Rendering;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A rule that cannot fail proves nothing: each is shown a rendering that breaks it. */
class BrokenRenderingTest {

  private static final Rendering WHOLE =
      Rendering.of(Autoscaling.defaults(), Release.named("plant"));

  private static final Rendering REPLICATED =
      Rendering.of(HighAvailability.defaults(), Release.named("plant"));

  static Stream<Arguments> breakages() {
    return Stream.of(ofAny(), ofReplicated(), ofManaged()).flatMap(breakages -> breakages);
  }

  private static Stream<Arguments> ofManaged() {
    return Stream.of(
        replicated(
            ManagementRules.RIGHTS_OF_THE_CENTER,
            "speaks of secrets",
            centerRole(role -> role.getRules().getFirst().setResources(List.of("secrets")))),
        replicated(
            ManagementRules.RIGHTS_OF_THE_CENTER,
            "allows to create pods",
            centerRole(role -> role.getRules().getFirst().setVerbs(List.of("create")))),
        replicated(
            ManagementRules.RIGHTS_OF_THE_CENTER,
            "what is no broker: []",
            centerRole(role -> role.getRules().get(1).setResourceNames(List.of()))),
        replicated(
            ManagementRules.RIGHTS_OF_THE_CENTER,
            "what is no broker: [plant-mosquitto-ha-haproxy]",
            centerRole(role ->
                role.getRules().get(1).setResourceNames(List.of("plant-mosquitto-ha-haproxy")))),
        replicated(
            ManagementRules.A_DOOR_OF_ITS_OWN,
            "lets others than the management center in",
            doorRule(rule -> rule.setFrom(List.of()))),
        replicated(
            ManagementRules.A_DOOR_OF_ITS_OWN,
            "lets others than the management center in",
            doorRule(rule ->
                rule.getFrom()
                    .getFirst()
                    .getPodSelector()
                    .getMatchLabels()
                    .put(Workload.COMPONENT, "haproxy"))),
        broken(
            ManagementRules.A_DOOR_OF_ITS_OWN,
            "lets others than the management center in",
            doorRule(rule ->
                rule.getFrom()
                    .getFirst()
                    .getPodSelector()
                    .getMatchLabels()
                    .put(Workload.COMPONENT, "broker"))),
        broken(
            ManagementRules.A_DOOR_OF_ITS_OWN,
            "lets nobody in",
            doorRule(rule -> rule.getPorts().getFirst().setPort(new IntOrString("health")))),
        replicated(
            ManagementRules.THE_CENTER_KNOWS_WHAT_IS_THERE,
            "looks for StatefulSet plant",
            center("statefulSet=plant-mosquitto-ha", "statefulSet=plant")),
        replicated(
            ManagementRules.THE_CENTER_KNOWS_WHAT_IS_THERE,
            "looks for brokers at plant",
            center("service=plant-mosquitto-ha-headless", "service=plant")),
        replicated(
            ManagementRules.THE_CENTER_KNOWS_WHAT_IS_THERE,
            "looks for HAProxy in plant",
            center("proxies=plant-mosquitto-ha-haproxy", "proxies=plant")),
        replicated(
            ManagementRules.THE_CENTER_KNOWS_WHAT_IS_THERE,
            "mqttPort is 1886",
            center("mqttPort=1884", "mqttPort=1886")),
        replicated(
            ManagementRules.THE_CENTER_KNOWS_WHAT_IS_THERE,
            "its account center is not declared",
            center("account=management-center", "account=center")),
        replicated(
            ManagementRules.THE_CENTER_KNOWS_WHAT_IS_THERE,
            "reads /center/tokens/token",
            center("/center/api/token", "/center/tokens/token")),
        replicated(
            ManagementRules.THE_CENTER_KNOWS_WHAT_IS_THERE,
            "is told nothing",
            each(
                ConfigMap.class,
                map -> {
                  var data = new HashMap<>(map.getData());
                  data.remove("management-center.properties");
                  map.setData(data);
                })),
        broken(
            ManagementRules.ONE_CENTER,
            "there is not exactly one of it",
            centerDeployment(deployment -> deployment.getSpec().setReplicas(2))),
        broken(
            ManagementRules.ONE_CENTER,
            "another one starts before it is gone",
            centerDeployment(
                deployment -> deployment.getSpec().getStrategy().setType("RollingUpdate"))),
        broken(
            ManagementRules.LOGIN_IS_KEPT_WITH_THE_VOLUME,
            "does not share its volume's fate",
            first(
                io.fabric8.kubernetes.api.model.PersistentVolumeClaim.class,
                claim -> claim.getMetadata().setAnnotations(Map.of()))),
        broken(
            StorageRules.REFERENCES_RESOLVE,
            "needs PersistentVolumeClaim/plant-mosquitto-ha-autoscaling-management-center",
            without(io.fabric8.kubernetes.api.model.PersistentVolumeClaim.class)));
  }

  private static Stream<Arguments> ofReplicated() {
    return Stream.of(
        replicated(
            ReplicationRules.THE_VIEW_IS_THE_AGENTS,
            "has a spec",
            first(Lease.class, lease -> lease.setSpec(new LeaseSpec()))),
        replicated(
            ReplicationRules.THE_VIEW_IS_THE_AGENTS,
            "has annotation mosquitto-ha.io/in-sync",
            first(
                Lease.class,
                lease ->
                    lease.getMetadata().setAnnotations(Map.of("mosquitto-ha.io/in-sync", "")))),
        replicated(
            ReplicationRules.ONE_OBJECT_TO_WRITE,
            "names not exactly one Lease",
            viewRole(role -> role.getRules().getFirst().setResourceNames(List.of()))),
        replicated(
            ReplicationRules.ONE_OBJECT_TO_WRITE,
            "names not exactly one Lease",
            without(Lease.class)),
        replicated(
            ReplicationRules.ONE_OBJECT_TO_WRITE,
            "allows to [create]",
            viewRole(role -> role.getRules().getFirst().setVerbs(List.of("get", "create")))),
        replicated(
            ReplicationRules.ONE_OBJECT_TO_WRITE,
            "speaks of more than leases",
            viewRole(
                role -> role.getRules().getFirst().setResources(List.of("leases", "secrets")))),
        replicated(
            ReplicationRules.ONE_OBJECT_TO_WRITE, "which is no Role here", without(Role.class)),
        replicated(
            ReplicationRules.A_TOKEN_WHERE_THERE_IS_A_ROLE,
            "good for nothing",
            without(Role.class)),
        replicated(
            ReplicationRules.A_TOKEN_WHERE_THERE_IS_A_ROLE,
            "container exporter gets the token too",
            first(
                StatefulSet.class,
                set ->
                    pod(set)
                        .getContainers()
                        .add(new ContainerBuilder(broker(set)).withName("exporter").build()))),
        replicated(
            ReplicationRules.PEERS_ONLY,
            "lets others than brokers in",
            peerRule(rule -> rule.setFrom(List.of()))),
        replicated(
            ReplicationRules.PEERS_ONLY,
            "lets others than brokers in",
            peerRule(rule ->
                rule.getFrom()
                    .getFirst()
                    .getPodSelector()
                    .getMatchLabels()
                    .remove(Workload.COMPONENT))),
        replicated(
            ReplicationRules.PEERS_ONLY,
            "lets nobody in",
            peerRule(rule -> rule.getPorts().getFirst().setPort(new IntOrString("health")))),
        replicated(
            ReplicationRules.AGENTS_KNOW_WHAT_IS_THERE,
            "looks for others at",
            agent("service=plant-mosquitto-ha-headless", "service=plant-mosquitto-ha-brokers")),
        replicated(
            ReplicationRules.AGENTS_KNOW_WHAT_IS_THERE,
            "wants Lease plant-mosquitto-ha-lease",
            agent("lease=plant-mosquitto-ha-view", "lease=plant-mosquitto-ha-lease")),
        replicated(
            ReplicationRules.AGENTS_KNOW_WHAT_IS_THERE,
            "nobody to share it with",
            agent("view=lease", "view=file")),
        replicated(
            ReplicationRules.AGENTS_KNOW_WHAT_IS_THERE,
            "reads /mosquitto/peers",
            agent("peerTls=/mosquitto/peer", "peerTls=/mosquitto/peers")),
        replicated(
            ReplicationRules.A_LEADER_STOPS_BEFORE_ANOTHER_BEGINS,
            "its lease is too long",
            agent("takeover=800ms", "takeover=500ms")),
        replicated(
            ReplicationRules.A_LEADER_STOPS_BEFORE_ANOTHER_BEGINS,
            "its heartbeat is too slow",
            agent("heartbeat=100ms", "heartbeat=1s")),
        replicated(
            ReplicationRules.ENOUGH_TO_ACKNOWLEDGE,
            "minInSync is 2",
            first(StatefulSet.class, set -> set.getSpec().setReplicas(1))),
        replicated(
            ReplicationRules.AGENTS_KNOW_WHO_THEY_ARE,
            "POD_IP is not status.podIP",
            first(
                StatefulSet.class,
                set -> broker(set).getEnv().removeIf(each -> each.getName().equals("POD_IP")))),
        replicated(
            StorageRules.CHANGES_ARRIVE,
            "neither watches /mosquitto/peer",
            agent("peerTls=/mosquitto/peer", "peerTls=/mosquitto/api")),
        replicated(
            ServiceRules.HEADLESS_IDENTITY,
            "hides brokers that want to become ready",
            each(Service.class, service -> service.getSpec().setPublishNotReadyAddresses(false))),
        replicated(
            ConfigRules.LISTENERS_ARE_PORTS,
            "there are listeners on [1890, 1884]",
            agent("1883=", "1890=")),
        replicated(
            ConfigRules.GATES_LEAD_TO_LISTENERS,
            "1884.sock] but mosquitto.conf has listeners [/tmp/mosquitto-ha/1884.sock,",
            mosquitto(text -> text.replace("1883.sock", "1890.sock"))),
        replicated(
            ConfigRules.GATES_LEAD_TO_LISTENERS,
            "can be reached past the gate",
            mosquitto(
                text ->
                    text.replace(
                        "listener 0 /tmp/mosquitto-ha/1883.sock", "listener 21883 127.0.0.1"))),
        replicated(
            ConfigRules.PROXY_PROTOCOL_ON_BOTH_SIDES,
            "twice",
            agent("1883.sock", "1883.sock+proxy")),
        replicated(
            ConfigRules.PROXY_PROTOCOL_ON_BOTH_SIDES,
            "but does not expect it",
            mosquitto(text -> text.replace("enable_proxy_protocol 2", ""))),
        replicated(
            ConfigRules.HAPROXY_AGREES_WITH_ITSELF,
            "is spoken to in two ways on mqtt",
            haproxy(text -> text.replaceFirst("default-server send-proxy-v2", ""))));
  }

  private static Stream<Arguments> ofAny() {
    return Stream.of(
        broken(
            TypeRules.NO_UNKNOWN_FIELD,
            "spec.template.spec.containers[0].imagePolicy",
            first(
                StatefulSet.class,
                set -> broker(set).setAdditionalProperty("imagePolicy", "Always"))),
        broken(
            TypeRules.STABLE_API_VERSIONS,
            "will go away",
            first(PodDisruptionBudget.class, budget -> budget.setApiVersion("policy/v1beta1"))),
        broken(TypeRules.UNIQUE, "more than once", twice(Service.class)),
        broken(
            NameRules.NAMES_FIT,
            "more than 63 characters",
            first(ConfigMap.class, map -> map.getMetadata().setName("m".repeat(64)))),
        broken(
            NameRules.NAMES_FIT,
            "52 characters",
            first(StatefulSet.class, set -> set.getMetadata().setName("s".repeat(53)))),
        broken(
            NameRules.LABELS_FIT,
            "no label can be",
            first(
                StatefulSet.class,
                set ->
                    set.getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getLabels()
                        .put("team", "t".repeat(64)))),
        broken(
            NameRules.IN_THE_NAMESPACE_OF_THE_RELEASE,
            "is in namespace default",
            first(Service.class, service -> service.getMetadata().setNamespace("default"))),
        broken(
            LabelRules.RECOMMENDED_LABELS,
            "has no label app.kubernetes.io/instance",
            first(
                Service.class,
                service -> service.getMetadata().getLabels().remove("app.kubernetes.io/instance"))),
        broken(
            LabelRules.RECOMMENDED_LABELS,
            "belongs to somebody",
            first(
                Service.class,
                service ->
                    service
                        .getMetadata()
                        .getLabels()
                        .put("app.kubernetes.io/instance", "somebody"))),
        broken(
            LabelRules.SELECTORS_FIND_THEIR_OWN_PODS,
            "does not select its own pods",
            first(
                Deployment.class,
                deployment ->
                    deployment.getSpec().getSelector().getMatchLabels().put("pods", "others"))),
        broken(
            LabelRules.SELECTORS_FIND_THEIR_OWN_PODS,
            "selects the pods of",
            first(
                Deployment.class,
                deployment ->
                    deployment
                        .getSpec()
                        .getSelector()
                        .getMatchLabels()
                        .remove(Workload.COMPONENT))),
        broken(
            LabelRules.SELECTORS_FIND_SOMETHING,
            "selects the pods of 0 workloads",
            first(
                PodDisruptionBudget.class,
                budget -> budget.getSpec().getSelector().getMatchLabels().put("pods", "none"))),
        broken(
            LabelRules.NO_VERSION_WHERE_IT_CANNOT_CHANGE,
            "has app.kubernetes.io/version",
            first(
                StatefulSet.class,
                set ->
                    set.getSpec()
                        .getVolumeClaimTemplates()
                        .getFirst()
                        .getMetadata()
                        .getLabels()
                        .put("app.kubernetes.io/version", "0.1.0"))),
        broken(
            LabelRules.NO_VERSION_WHERE_IT_CANNOT_CHANGE,
            "selects by helm.sh/chart",
            first(
                StatefulSet.class,
                set -> set.getSpec().getSelector().getMatchLabels().put("helm.sh/chart", "x-1"))),
        broken(
            PodRules.PROBES,
            "no liveness probe",
            first(StatefulSet.class, set -> broker(set).setLivenessProbe(null))),
        broken(
            PodRules.PROBES_ASK_BY_HTTP,
            "is not HTTP",
            first(
                StatefulSet.class,
                set -> {
                  broker(set).getLivenessProbe().setHttpGet(null);
                  broker(set)
                      .getLivenessProbe()
                      .setTcpSocket(new TCPSocketAction(null, new IntOrString(1883)));
                })),
        broken(
            PodRules.PROBES_ASK_BY_HTTP,
            "asks at port helth",
            first(
                StatefulSet.class,
                set ->
                    broker(set)
                        .getReadinessProbe()
                        .getHttpGet()
                        .setPort(new IntOrString("helth")))),
        broken(
            PodRules.RESOURCES,
            "requests no cpu",
            first(StatefulSet.class, set -> broker(set).getResources().setRequests(Map.of()))),
        broken(
            PodRules.IMAGES,
            "is not one certain image",
            first(
                StatefulSet.class,
                set -> broker(set).setImage("ghcr.io/mosquitto-ha/broker:latest"))),
        broken(
            PodRules.IMAGES,
            "is not one certain image",
            first(StatefulSet.class, set -> broker(set).setImage("ghcr.io/mosquitto-ha/broker"))),
        broken(
            PodRules.IMAGES,
            "names no registry",
            first(StatefulSet.class, set -> broker(set).setImage("mosquitto-ha/broker:0.1.0"))),
        broken(
            PodRules.PULL_POLICY,
            "has no pull policy",
            first(StatefulSet.class, set -> broker(set).setImagePullPolicy(null))),
        broken(
            SecurityRules.RESTRICTED,
            "uses the host's namespaces",
            first(StatefulSet.class, set -> pod(set).setHostNetwork(true))),
        broken(
            SecurityRules.RESTRICTED,
            "may gain privileges",
            first(
                StatefulSet.class,
                set -> broker(set).getSecurityContext().setAllowPrivilegeEscalation(null))),
        broken(
            SecurityRules.RESTRICTED,
            "keeps capabilities",
            first(
                StatefulSet.class,
                set -> broker(set).getSecurityContext().setCapabilities(new Capabilities()))),
        broken(
            SecurityRules.RESTRICTED,
            "may run as root",
            first(
                StatefulSet.class,
                set -> {
                  broker(set).getSecurityContext().setRunAsNonRoot(null);
                  pod(set).getSecurityContext().setRunAsNonRoot(null);
                })),
        broken(
            SecurityRules.RESTRICTED,
            "has no seccomp profile",
            first(
                StatefulSet.class,
                set -> {
                  broker(set).getSecurityContext().setSeccompProfile(null);
                  pod(set).getSecurityContext().setSeccompProfile(null);
                })),
        broken(
            SecurityRules.RESTRICTED,
            "is of a kind that restricted refuses",
            first(
                StatefulSet.class,
                set ->
                    pod(set)
                        .getVolumes()
                        .add(
                            new io.fabric8.kubernetes.api.model.VolumeBuilder()
                                .withName("host")
                                .withNewHostPath()
                                .withPath("/")
                                .endHostPath()
                                .build()))),
        broken(
            SecurityRules.READ_ONLY_ROOT,
            "can write its root file system",
            first(
                StatefulSet.class,
                set -> broker(set).getSecurityContext().setReadOnlyRootFilesystem(false))),
        broken(
            SecurityRules.NO_TOKEN,
            "automountServiceAccountToken",
            first(StatefulSet.class, set -> pod(set).setAutomountServiceAccountToken(null))),
        broken(
            SecurityRules.SECRETS_STAY_SECRET,
            "repeats the content of a Secret",
            first(
                io.fabric8.kubernetes.api.model.Secret.class,
                secret -> secret.setStringData(Map.of("password", "allow_anonymous false")))),
        broken(
            SecurityRules.NO_FIXED_IDS,
            "the pod asks for certain ids",
            first(
                StatefulSet.class,
                set -> {
                  var context = new PodSecurityContext();
                  context.setFsGroup(10001L);
                  pod(set).setSecurityContext(context);
                })),
        broken(
            ServiceRules.HEADLESS_IDENTITY,
            "is no Service here",
            first(StatefulSet.class, set -> set.getSpec().setServiceName("brokers"))),
        broken(
            ServiceRules.HEADLESS_IDENTITY,
            "is not headless",
            each(Service.class, service -> service.getSpec().setClusterIP(null))),
        broken(
            ServiceRules.HEADLESS_IDENTITY,
            "lists brokers that are not ready",
            each(Service.class, service -> service.getSpec().setPublishNotReadyAddresses(true))),
        broken(
            ServiceRules.PORTS_LEAD_SOMEWHERE,
            "leads to mqqt",
            first(
                Service.class,
                service ->
                    service
                        .getSpec()
                        .getPorts()
                        .getFirst()
                        .setTargetPort(new IntOrString("mqqt")))),
        broken(
            ServiceRules.NETWORK_POLICY_PORTS_EXIST,
            "lets mqqt in",
            first(
                NetworkPolicy.class,
                policy ->
                    policy
                        .getSpec()
                        .getIngress()
                        .getFirst()
                        .getPorts()
                        .getFirst()
                        .setPort(new IntOrString("mqqt")))),
        broken(
            ServiceRules.NODE_PORTS,
            "is out of range",
            each(
                Service.class,
                service -> service.getSpec().getPorts().getFirst().setNodePort(1883))),
        broken(
            ServiceRules.DNS_NAMES_LINE_UP,
            "speaks of Service plant-mosquitto-ha-autoscaling-brokers",
            haproxy(text -> text.replace("-headless.", "-brokers."))),
        broken(
            ServiceRules.DNS_NAMES_LINE_UP,
            "looks for port amqp",
            haproxy(text -> text.replace("_mqtt._tcp", "_amqp._tcp"))),
        broken(
            StorageRules.MOUNTS_HAVE_VOLUMES,
            "mounts data, which is no volume",
            first(StatefulSet.class, set -> set.getSpec().setVolumeClaimTemplates(List.of()))),
        broken(
            StorageRules.REFERENCES_RESOLVE,
            "needs ConfigMap/plant-mosquitto-ha-autoscaling-broker",
            without(ConfigMap.class)),
        broken(
            StorageRules.CHANGES_ARRIVE,
            "neither watches /mosquitto/config nor has the annotation checksum/config",
            first(
                StatefulSet.class,
                set -> set.getSpec().getTemplate().getMetadata().setAnnotations(Map.of()))),
        broken(
            StorageRules.CHANGES_ARRIVE,
            "neither watches /etc/haproxy",
            first(
                Deployment.class,
                deployment ->
                    deployment
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .setArgs(List.of()))),
        broken(
            StorageRules.ONE_VOLUME_FOR_LIFE,
            "claims a volume as state",
            first(
                StatefulSet.class,
                set ->
                    set.getSpec()
                        .getVolumeClaimTemplates()
                        .getFirst()
                        .getMetadata()
                        .setName("state"))),
        broken(
            StorageRules.ONE_VOLUME_FOR_LIFE,
            "has no volume data at /mosquitto/data",
            first(
                StatefulSet.class,
                set -> broker(set).getVolumeMounts().removeIf(m -> m.getName().equals("data")))),
        broken(
            AvailabilityRules.ONE_AT_A_TIME,
            "does not say maxUnavailable: 1",
            first(
                PodDisruptionBudget.class,
                budget -> budget.getSpec().setMaxUnavailable(new IntOrString("50%")))),
        broken(
            AvailabilityRules.BROKERS_START_TOGETHER,
            "is not Parallel",
            first(StatefulSet.class, set -> set.getSpec().setPodManagementPolicy("OrderedReady"))),
        broken(
            AvailabilityRules.NO_REPLICAS_UNDER_AN_AUTOSCALER,
            "has replicas although",
            first(StatefulSet.class, set -> set.getSpec().setReplicas(3))),
        broken(
            AvailabilityRules.AUTOSCALERS_HAVE_A_TARGET,
            "scales nothing that is there",
            first(
                HorizontalPodAutoscaler.class,
                autoscaler -> autoscaler.getSpec().getScaleTargetRef().setName("brokers"))),
        broken(
            AvailabilityRules.AUTOSCALERS_HAVE_A_TARGET,
            "its minimum is above its maximum",
            first(
                HorizontalPodAutoscaler.class,
                autoscaler -> autoscaler.getSpec().setMinReplicas(9))),
        broken(
            AvailabilityRules.REPLICAS_WITHOUT_AN_AUTOSCALER,
            "has no replicas",
            first(Deployment.class, deployment -> deployment.getSpec().setReplicas(null))),
        broken(
            ConfigRules.LISTENERS_ARE_PORTS,
            "there are listeners on [1890, 1884]",
            mosquitto(text -> text.replace("listener 1883", "listener 1890"))),
        broken(
            ConfigRules.ADMINISTRATION_IS_LOCAL,
            "not bound to 127.0.0.1",
            mosquitto(text -> text.replace("listener 1885 127.0.0.1", "listener 1885"))),
        broken(
            ConfigRules.PROXY_PROTOCOL_ON_BOTH_SIDES,
            "but does not expect it",
            mosquitto(text -> text.replace("enable_proxy_protocol 2", ""))),
        broken(
            ConfigRules.PROXY_PROTOCOL_ON_BOTH_SIDES,
            "which nobody sends",
            haproxy(text -> text.replace("send-proxy-v2", ""))),
        broken(
            ConfigRules.SESSIONS_END_WHEN_NONE_IS_BEING_MADE,
            "nobody ends its sessions",
            haproxy(text -> text.replace("lua-load /etc/haproxy/sessions.lua", ""))),
        broken(
            ConfigRules.SESSIONS_END_WHEN_NONE_IS_BEING_MADE,
            "ended while others are being made",
            haproxy(text -> text.replace(" rise 1", " rise 1 on-marked-down shutdown-sessions"))),
        broken(
            ConfigRules.SESSIONS_END_WHEN_NONE_IS_BEING_MADE,
            "ended too soon",
            haproxy(text -> text.replace("timeout connect 100ms", "timeout connect 200ms"))),
        broken(
            ConfigRules.ROOM_FOR_EVERY_BROKER,
            "there can be 5, but HAProxy has room for 4",
            haproxy(text -> text.replaceAll("(server-template \\S+) [0-9]+", "$1 4"))));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("breakages")
  void is_noticed(Rule rule, String message, UnaryOperator<Rendering> breakage, Rendering whole) {
    var broken = breakage.apply(whole);
    assertThat(rule.breachesIn(broken)).anySatisfy(breach -> assertThat(breach).contains(message));
  }

  @Test
  void there_is_one_for_every_rule() {
    var shown = breakages().map(breakage -> (Rule) breakage.get()[0]).toList();
    assertThat(shown).containsAll(Rules.ALL).containsAll(Rules.ON_OPENSHIFT);
  }

  @Test
  void the_whole_rendering_keeps_them_all() {
    assertThat(Rules.ALL)
        .allSatisfy(rule -> {
          assertThat(rule.breachesIn(WHOLE)).isEmpty();
          assertThat(rule.breachesIn(REPLICATED)).isEmpty();
        });
  }

  private static Arguments broken(Rule rule, String message, UnaryOperator<Rendering> breakage) {
    return Arguments.of(rule, message, breakage, WHOLE);
  }

  private static Arguments replicated(
      Rule rule, String message, UnaryOperator<Rendering> breakage) {
    return Arguments.of(rule, message, breakage, REPLICATED);
  }

  private static UnaryOperator<Rendering> agent(String line, String instead) {
    return file("agent.properties", text -> text.replace(line, instead));
  }

  /** Changes the rule for the port of the peers in the policy of the brokers. */
  private static UnaryOperator<Rendering> peerRule(Consumer<NetworkPolicyIngressRule> change) {
    return each(
        NetworkPolicy.class,
        policy ->
            policy.getSpec().getIngress().stream()
                .filter(rule -> "peer".equals(rule.getPorts().getFirst().getPort().getStrVal()))
                .forEach(change));
  }

  private static UnaryOperator<Rendering> doorRule(Consumer<NetworkPolicyIngressRule> change) {
    return each(
        NetworkPolicy.class,
        policy ->
            policy.getSpec().getIngress().stream()
                .filter(
                    rule -> "management".equals(rule.getPorts().getFirst().getPort().getStrVal()))
                .forEach(change));
  }

  private static UnaryOperator<Rendering> viewRole(Consumer<Role> change) {
    return named(Role.class, "-view", change);
  }

  private static UnaryOperator<Rendering> centerRole(Consumer<Role> change) {
    return named(Role.class, "-management-center", change);
  }

  private static UnaryOperator<Rendering> centerDeployment(Consumer<Deployment> change) {
    return named(Deployment.class, "-management-center", change);
  }

  private static UnaryOperator<Rendering> center(String line, String instead) {
    return file("management-center.properties", text -> text.replace(line, instead));
  }

  /** Changes those whose names end so. */
  private static <T extends HasMetadata> UnaryOperator<Rendering> named(
      Class<T> type, String suffix, Consumer<T> change) {
    return each(
        type,
        object -> {
          if (object.getMetadata().getName().endsWith(suffix)) {
            change.accept(object);
          }
        });
  }

  private static <T extends HasMetadata> UnaryOperator<Rendering> first(
      Class<T> type, Consumer<T> change) {
    return rendering -> {
      var copy = copy(rendering);
      change.accept(copy.all(type).getFirst());
      return copy;
    };
  }

  private static <T extends HasMetadata> UnaryOperator<Rendering> each(
      Class<T> type, Consumer<T> change) {
    return rendering -> {
      var copy = copy(rendering);
      copy.all(type).forEach(change);
      return copy;
    };
  }

  private static UnaryOperator<Rendering> twice(Class<? extends HasMetadata> type) {
    return rendering -> {
      var objects = new ArrayList<>(rendering.objects());
      objects.add(rendering.all(type).getFirst());
      return new Rendering(rendering.chart(), rendering.release(), objects);
    };
  }

  private static UnaryOperator<Rendering> without(Class<? extends HasMetadata> type) {
    return rendering ->
        new Rendering(
            rendering.chart(),
            rendering.release(),
            rendering.objects().stream().filter(object -> !type.isInstance(object)).toList());
  }

  private static UnaryOperator<Rendering> mosquitto(UnaryOperator<String> change) {
    return file("mosquitto.conf", change);
  }

  private static UnaryOperator<Rendering> haproxy(UnaryOperator<String> change) {
    return file("haproxy.cfg", change);
  }

  private static UnaryOperator<Rendering> file(String name, UnaryOperator<String> change) {
    return each(
        ConfigMap.class,
        map -> {
          var data = new HashMap<>(map.getData());
          data.computeIfPresent(name, (key, text) -> change.apply(text));
          map.setData(data);
        });
  }

  private static Rendering copy(Rendering rendering) {
    return Rendering.parse(rendering.chart(), rendering.release(), rendering.toYaml());
  }

  private static io.fabric8.kubernetes.api.model.PodSpec pod(StatefulSet set) {
    return set.getSpec().getTemplate().getSpec();
  }

  private static Container broker(StatefulSet set) {
    return pod(set).getContainers().getFirst();
  }
}
