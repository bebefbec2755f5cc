package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.mosquittoha.manifests.values.BalancedTls;
import io.mosquittoha.manifests.values.Certificates;
import io.mosquittoha.manifests.values.InvalidVariantException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VariantTest {

  @ParameterizedTest
  @EnumSource(Chart.class)
  void differs_from_the_defaults_in_nothing_until_somebody_changes_it(Chart chart) {
    assertThat(chart.defaults().differences()).isEmpty();
    assertThat(chart.defaults().toYaml()).isEqualTo("{}\n");
    assertThat(chart.defaults().chart()).isEqualTo(chart);
  }

  @Test
  void is_written_as_nothing_but_its_differences() {
    var variant = HighAvailability.defaults().withBrokers(5).with("service.nodePorts.mqtt", 31999);
    assertThat(variant.toYaml())
        .isEqualTo(
            """
            broker:
              replicas: 5
            service:
              nodePorts:
                mqtt: 31999
            """);
  }

  @Test
  void is_read_as_helm_merges() {
    var variant =
        (Autoscaling)
            Variant.of(
                Chart.AUTOSCALING,
                """
                broker:
                  resources:
                    limits:
                      memory: null
                      cpu: 2
                service:
                  nodePorts:
                    mqtt: null
                autoscaling:
                  behavior:
                    scaleDown:
                      stabilizationWindowSeconds: 60
                """);
    var resources = variant.broker().broker().resources();
    assertThat(resources.limits()).isEqualTo(Map.of("cpu", "2"));
    assertThat(resources.requests()).containsKeys("cpu", "memory");
    assertThat(variant.surroundings().service().nodePorts().mqtt()).isEmpty();
    assertThat(variant.autoscaling().behavior().get("scaleDown"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
        .containsEntry("stabilizationWindowSeconds", 60)
        .containsKey("policies");
  }

  @Test
  void does_not_change_when_another_is_made_of_it() {
    var three = HighAvailability.defaults();
    var five = three.withBrokers(5);
    assertThat(three.broker().replicas()).isEqualTo(3);
    assertThat(five.broker().replicas()).isEqualTo(5);
    assertThatThrownBy(() -> three.broker().broker().env().add(Map.of()))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void renders_what_it_says() {
    var variant =
        HighAvailability.defaults()
            .withBrokers(4)
            .withTls(BalancedTls.Mode.PASSTHROUGH, Certificates.defaults().fromSecret("mqtt-tls"));
    var rendering = Rendering.of(variant, Release.named("plant"));
    var brokers = rendering.one(StatefulSet.class, rendering.fullName());
    assertThat(brokers.getSpec().getReplicas()).isEqualTo(4);
    assertThat(ConfigFiles.of(rendering).mosquitto()).contains("listener 0 /tmp/mosquitto-ha/8883.sock");
    assertThat(ConfigFiles.of(rendering).agent().orElseThrow())
        .containsEntry("gates", "1883=/tmp/mosquitto-ha/1883.sock,8883=/tmp/mosquitto-ha/8883.sock,"
                + "1884=/tmp/mosquitto-ha/1884.sock+proxy")
        .containsEntry("watch", "/mosquitto/tls");
    assertThat(ConfigFiles.of(rendering).haproxy()).isPresent();
  }

  @Test
  void decides_whom_haproxy_sends_clients_to() {
    var together = Rendering.of(HighAvailability.defaults(), Release.named("plant"));
    var spread = Rendering.of(Autoscaling.defaults(), Release.named("plant"));
    assertThat(ConfigFiles.of(together).haproxy().orElseThrow())
        .contains("uri /leader")
        .contains("default_backend mqtt-relay");
    assertThat(ConfigFiles.of(spread).haproxy().orElseThrow())
        .contains("uri /readyz")
        .doesNotContain("uri /leader");
  }

  @Test
  void of_a_single_broker_has_nothing_to_balance() {
    assertThat(SingleNode.defaults().values()).doesNotContainKeys("haproxy", "replication");
    var rendering = Rendering.of(SingleNode.defaults(), Release.named("plant"));
    assertThat(ConfigFiles.of(rendering).haproxy()).isEmpty();
    assertThat(ConfigFiles.of(rendering).agent().orElseThrow())
        .containsEntry("gates", "1883=/tmp/mosquitto-ha/1883.sock+proxy,1884=/tmp/mosquitto-ha/1884.sock+proxy")
        .containsEntry("view", "file");
  }

  @Test
  void tells_agents_what_its_values_say() {
    var variant =
        HighAvailability.defaults()
            .with("replication.mode", "async")
            .with("replication.lease", "600ms")
            .with("agent.durability", "memory");
    var agent = ConfigFiles.of(Rendering.of(variant, Release.named("plant"))).agent().orElseThrow();
    assertThat(agent)
        .containsEntry("replication", "async")
        .containsEntry("lease.time", "600ms")
        .containsEntry("durability", "memory")
        .containsEntry("lease", "plant-mosquitto-ha-view")
        .containsEntry("replicas", "3");
  }

  @Test
  void restarts_no_broker_because_there_are_more_of_them() {
    var three = Rendering.of(HighAvailability.defaults(), Release.named("plant"));
    var five = Rendering.of(HighAvailability.defaults().withBrokers(5), Release.named("plant"));
    var tuned =
        Rendering.of(
            HighAvailability.defaults().with("agent.willGrace", "20s"), Release.named("plant"));
    assertThat(sumOfConfig(five)).isEqualTo(sumOfConfig(three));
    assertThat(sumOfConfig(tuned)).isNotEqualTo(sumOfConfig(three));
  }

  @Test
  void grows_from_one_broker_to_several_on_the_same_volume() {
    var one =
        Rendering.of(
            SingleNode.defaults().with("fullnameOverride", "mqtt"), Release.named("plant"));
    var several =
        Rendering.of(
            HighAvailability.defaults().with("fullnameOverride", "mqtt"), Release.named("plant"));
    assertThat(claims(one)).isEqualTo(claims(several)).containsExactly("data-mqtt-0");
    assertThat(accounts(one)).isEqualTo(accounts(several));
  }

  @ParameterizedTest
  @EnumSource(Chart.class)
  void has_a_management_center_that_the_brokers_know(Chart chart) {
    var rendering = Rendering.of(chart, "{}", Release.named("plant"));
    var name = rendering.fullName() + "-management-center";
    var files = ConfigFiles.of(rendering);
    assertThat(files.center().orElseThrow())
        .containsEntry("mqttPort", "1884")
        .containsEntry("service", rendering.fullName() + "-headless.mqtt.svc.cluster.local")
        .containsEntry("entrance", rendering.fullName() + ".mqtt.svc.cluster.local:1883")
        .containsEntry("agentPort", chart == Chart.AUTOSCALING ? "0" : "7070");
    assertThat(files.mosquitto()).contains("enable_control_api true");
    var accounts = Yaml.read(files.accounts());
    assertThat(accounts.get("accounts"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .contains(
            Map.of(
                "username",
                "management-center",
                "roles",
                List.of("dynsec-admin", "broker-admin", "sys-observe", "client")));
    assertThat(rendering.one(Service.class, name).getSpec().getPorts().getFirst().getNodePort())
        .isEqualTo(31021);
    var pod = rendering.one(Deployment.class, name).getSpec().getTemplate().getSpec();
    assertThat(pod.getVolumes())
        .filteredOn(volume -> volume.getName().equals("account"))
        .singleElement()
        .satisfies(volume ->
            assertThat(volume.getSecret().getItems())
                .as("no password but its own")
                .extracting(item -> item.getKey())
                .containsExactly("management-center"));
  }

  @ParameterizedTest
  @EnumSource(Chart.class)
  void without_a_management_center_leaves_no_door_for_one(Chart chart) {
    var rendering =
        Rendering.of(chart, "managementCenter: {enabled: false}", Release.named("plant"));
    assertThat(rendering.toYaml())
        .doesNotContain("management", "1884", "enable_control_api")
        .contains("1885");
    assertThat(rendering.all(PersistentVolumeClaim.class)).isEmpty();
  }

  @Test
  void lets_the_management_center_scale_only_what_nothing_else_scales() {
    var scalable =
        Stream.of(Chart.values())
            .filter(chart ->
                Rendering.of(chart, "{}", Release.named("plant")).all(Role.class).stream()
                    .flatMap(role -> role.getRules().stream())
                    .anyMatch(rule -> rule.getResources().contains("statefulsets/scale")));
    assertThat(scalable).containsExactly(Chart.HIGH_AVAILABILITY);
  }

  @Test
  void leaves_the_brokers_alone_when_the_management_center_changes() {
    var plain = Rendering.of(HighAvailability.defaults(), Release.named("plant"));
    var other =
        Rendering.of(
            HighAvailability.defaults().with("managementCenter.basePath", "/mqtt"),
            Release.named("plant"));
    assertThat(sumOfConfig(other)).isEqualTo(sumOfConfig(plain));
  }

  /** The names of the claims of the first broker. */
  private static List<String> claims(Rendering rendering) {
    var set = rendering.one(StatefulSet.class, rendering.fullName());
    return set.getSpec().getVolumeClaimTemplates().stream()
        .map(claim -> claim.getMetadata().getName() + "-" + rendering.fullName() + "-0")
        .toList();
  }

  private static List<String> accounts(Rendering rendering) {
    var set = rendering.one(StatefulSet.class, rendering.fullName());
    return set.getSpec().getTemplate().getSpec().getVolumes().stream()
        .filter(volume -> volume.getName().equals("accounts"))
        .map(volume -> volume.getSecret().getSecretName())
        .toList();
  }

  private static String sumOfConfig(Rendering rendering) {
    return rendering
        .one(StatefulSet.class, rendering.fullName())
        .getSpec()
        .getTemplate()
        .getMetadata()
        .getAnnotations()
        .get("checksum/config");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          broker.replicas                       | 1            | must be from 2 to 9
          broker.replicas                       | 10           | must be from 2 to 9
          broker.replicas                       | three        | must be a whole number
          broker.replica                        | 3            | is unknown
          broker.persistence.size               | 1 gig        | write it like 10Gi
          broker.persistence.size               | 0Gi          | write it like 10Gi
          broker.podAntiAffinity                | strong       | must be "soft" or "hard" or "none"
          broker.image.tag                      | a b          | write it like 0.1.0
          broker.image.digest                   | sha256:12    | 64 hexadecimal digits
          broker.settings.maxPacketSize         | 0            | must be from 20 to 268435455
          broker.settings.persistentClientExpiration | 2M      | write it like 14d
          haproxy.timeouts.connect              | 100          | write it like 100ms
          haproxy.check.fall                    | 0            | must be from 1 to 100
          service.type                          | Nodeport     | must be "NodePort" or
          service.nodePorts.mqtt                | 1883         | must be from 30000 to 32767
          service.ports.mqtt                    | 70000        | must be from 1 to 65535
          tls.minimumVersion                    | TLSv1.1      | must be "TLSv1.2" or "TLSv1.3"
          tls.mode                              | end          | must be "edge" or "passthrough" or "reencrypt"
          replication.mode                      | quorum       | must be "sync" or "async"
          replication.minInSync                 | 4            | must not be above broker.replicas, 3
          replication.lease                     | 900ms        | must be shorter than replication.takeover, 800ms
          replication.heartbeat                 | 300ms        | must be at most half of replication.lease, 500ms
          replication.takeover                  | 800          | write it like 800ms
          replication.lagLimit                  | 16MB         | write it like 16MiB
          agent.heap                            | 192Mi        | write it like 512m
          agent.heap                            | 591m         | at least 592m
          agent.stateLimit                      | 1GiB         | at least 1360m
          agent.durability                      | ram          | must be "disk" or "memory"
          agent.brokerPing                      | 1s           | must be shorter than agent.brokerHangAfter, 800ms
          agent.holdConnections                 | -1           | must be from 0 to 100000
          clusterDomain                         | cluster..    | write it like cluster.local
          monitoring.serviceMonitor.interval    | often        | write it like 30s
          managementCenter.heap                 | 96Mi         | write it like 96m
          managementCenter.basePath             | mqtt         | write it like /mqtt
          managementCenter.publicUrl            | mqtt         | write it like https://mqtt.example.com
          managementCenter.service.nodePort     | 31028        | as is one of service.nodePorts
          managementCenter.historyHours         | 745          | must be from 1 to 744
          haproxi                               | 3            | is unknown
          """)
  void is_refused_with_the_name_of_the_value(String path, String value, String message) {
    Object typed =
        value.matches("-?[0-9]+") && !path.contains("timeouts") && !path.contains("takeover")
            ? (Object) Integer.valueOf(value)
            : value;
    assertThatExceptionOfType(InvalidVariantException.class)
        .isThrownBy(() -> HighAvailability.defaults().with(path, typed))
        .withMessageStartingWith(path.equals("agent.stateLimit") ? "agent.heap" : path)
        .withMessageContaining(message);
  }

  @Test
  void is_refused_with_everything_that_is_wrong_at_once() {
    assertThatExceptionOfType(InvalidVariantException.class)
        .isThrownBy(() ->
            Variant.of(
                Chart.AUTOSCALING,
                """
                broker: {replicas: 3, persistence: {size: big}}
                autoscaling: {minBrokers: 7}
                security: {accounts: [{username: a, roles: []}, {username: a, roles: [client]}]}
                """))
        .satisfies(refusal ->
            assertThat(refusal.problems())
                .anySatisfy(
                    problem -> assertThat(problem).startsWith("broker.replicas: is unknown"))
                .anySatisfy(problem -> assertThat(problem).startsWith("broker.persistence.size: "))
                .anySatisfy(
                    problem -> assertThat(problem).startsWith("autoscaling.maxBrokers: is 5"))
                .anySatisfy(
                    problem -> assertThat(problem).startsWith("security.accounts[0].roles: "))
                .anySatisfy(problem -> assertThat(problem).contains("has \"a\" twice")));
  }

  @Test
  void is_refused_when_a_kubernetes_object_in_it_has_a_typing_error() {
    assertThatExceptionOfType(InvalidVariantException.class)
        .isThrownBy(() ->
            SingleNode.defaults().with("broker.env", List.of(Map.of("name", "TZ", "valu", "UTC"))))
        .withMessage("broker.env[0].valu: EnvVar has no such field");
  }

  @Test
  void with_the_name_of_a_chart_that_is_not_there_says_which_there_are() {
    assertThatThrownBy(() -> Chart.named("mosquitto"))
        .hasMessageContaining("mosquitto-single, mosquitto-ha, mosquitto-ha-autoscaling");
  }

  @Test
  void cannot_be_released_under_a_name_that_helm_refuses() {
    assertThatThrownBy(() -> Release.named("Plant")).hasMessageContaining("lower-case");
    assertThatThrownBy(() -> Release.named("p".repeat(54))).hasMessageContaining("at most 53");
  }
}
