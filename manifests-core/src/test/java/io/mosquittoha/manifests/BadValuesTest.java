package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mosquittoha.manifests.values.InvalidVariantException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people get wrong is refused by Helm, before anything is installed, and by the model. */
class BadValuesTest {

  /** Chart, values, and how the value is named. */
  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake("broker: {replicas: 1}", "broker.replicas"),
        mistake("broker: {replicas: 10}", "broker.replicas"),
        mistake("broker: {replicas: many}", "broker.replicas"),
        mistake("broker: {replica: 3}", "broker.replica"),
        mistake("brokers: {replicas: 3}", "brokers"),
        mistake("broker: {persistence: {size: 1 gig}}", "broker.persistence.size"),
        mistake("broker: {persistence: {enabled: \"yes\"}}", "broker.persistence.enabled"),
        mistake(
            "broker: {persistence: {accessModes: [ReadOnly]}}", "broker.persistence.accessModes"),
        mistake("broker: {settings: {maxPacketSize: -1}}", "broker.settings.maxPacketSize"),
        mistake("broker: {settings: {logTypes: [verbose]}}", "broker.settings.logTypes"),
        mistake("broker: {podAntiAffinity: strong}", "broker.podAntiAffinity"),
        mistake("broker: {image: null}", "broker.image"),
        mistake("broker: {resources: {limits: {memory: lots}}}", "broker.resources.limits.memory"),
        mistake("broker: {settings: {autosaveInterval: 5}}", "broker.settings.autosaveInterval"),
        mistake("replication: {mode: quorum}", "replication.mode"),
        mistake("replication: {minInSync: 0}", "replication.minInSync"),
        mistake("replication: {minInSync: 4}", "replication.minInSync"),
        mistake("replication: {lease: 800ms}", "replication.lease"),
        mistake("replication: {heartbeat: 1s}", "replication.heartbeat"),
        mistake("replication: {grace: 20}", "replication.grace"),
        mistake("replication: {lagLimit: 16MB}", "replication.lagLimit"),
        mistake("replication: {tls: {validityDays: 0}}", "replication.tls.validityDays"),
        mistake(
            "replication: {tls: {certManager: {enabled: true}}}",
            "replication.tls.certManager.issuerRef.name"),
        mistake(
            "replication: {tls: {existingSecret: a, certManager: {enabled: true, issuerRef: {name:"
                + " b}}}}",
            "replication.tls"),
        mistake("agent: {heap: 192Mi}", "agent.heap"),
        mistake("agent: {heap: 591m}", "agent.heap"),
        mistake("agent: {durability: ram}", "agent.durability"),
        mistake("agent: {brokerPing: 2s}", "agent.brokerPing"),
        mistake("agent: {stateLimit: lots}", "agent.stateLimit"),
        mistake("haproxy: {timeouts: {connect: fast}}", "haproxy.timeouts.connect"),
        mistake("haproxy: {replicas: 0}", "haproxy.replicas"),
        mistake("service: {type: Nodeport}", "service.type"),
        mistake("service: {nodePorts: {mqtt: 1883}}", "service.nodePorts.mqtt"),
        mistake("service: {ports: {mqtt: 70000}}", "service.ports.mqtt"),
        mistake("security: {accounts: [{username: a/b, roles: [client]}]}", "security.accounts"),
        mistake("security: {accounts: [{username: a, roles: []}]}", "security.accounts"),
        mistake("tls: {minimumVersion: TLSv1.0}", "tls.minimumVersion"),
        mistake("tls: {mode: nowhere}", "tls.mode"),
        mistake("monitoring: {podMonitor: {interval: often}}", "monitoring.podMonitor.interval"),
        mistake("extraManifests: [3]", "extraManifests"),
        mistake("tls: {enabled: true}", "tls.enabled"),
        mistake("tls: {enabled: true, existingSecret: a, selfSigned: {enabled: true}}", "tls"),
        mistake("tls: {existingSecret: a}", "tls.enabled"),
        mistake(
            "tls: {enabled: true, certManager: {enabled: true}}", "tls.certManager.issuerRef.name"),
        mistake("tls: {clientCertificates: {required: true}}", "tls.clientCertificates.required"),
        mistake("broker: {listeners: {mqtt: {enabled: false}}}", "broker.listeners"),
        mistake("route: {enabled: true}", "route.enabled"),
        mistake(
            "security: {accounts: [{username: a, roles: [client]}, {username: a, roles:"
                + " [client]}]}",
            "security.accounts"),
        mistake("security: {accounts: [{username: admin, roles: [client]}]}", "security.accounts"),
        mistake(
            "service: {loadBalancerSourceRanges: [192.0.2.0/24]}",
            "service.loadBalancerSourceRanges"),
        mistake("service: {loadBalancerClass: example.com/a}", "service.loadBalancerClass"),
        mistake("service: {ipFamilies: [IPv4, IPv6]}", "service.ipFamilyPolicy"),
        mistake(
            "{broker: {listeners: {websockets: {enabled: true}}},"
                + " service: {nodePorts: {websockets: 31028}}}",
            "service.nodePorts"),
        mistake("managementCenter: {replicas: 2}", "managementCenter.replicas"),
        mistake("managementCenter: {heap: 96Mi}", "managementCenter.heap"),
        mistake("managementCenter: {historyHours: 0}", "managementCenter.historyHours"),
        mistake("managementCenter: {basePath: mqtt/}", "managementCenter.basePath"),
        mistake("managementCenter: {publicUrl: mqtt.example.com}", "managementCenter.publicUrl"),
        mistake("managementCenter: {service: {nodePort: 80}}", "managementCenter.service.nodePort"),
        mistake(
            "managementCenter: {service: {nodePort: 31028}}", "managementCenter.service.nodePort"),
        mistake(
            "managementCenter: {service: {loadBalancerSourceRanges: [192.0.2.0/24]}}",
            "managementCenter.service.loadBalancerSourceRanges"),
        mistake("managementCenter: {tls: {enabled: true}}", "managementCenter.tls.enabled"),
        mistake(
            "managementCenter: {tls: {enabled: true, existingSecret: a, selfSigned: {enabled:"
                + " true}}}",
            "managementCenter.tls.enabled"),
        mistake(
            "managementCenter: {tls: {selfSigned: {enabled: true}}}",
            "managementCenter.tls.enabled"),
        mistake(
            "managementCenter: {tls: {enabled: true, certManager: {enabled: true}}}",
            "managementCenter.tls.certManager.issuerRef.name"),
        mistake("managementCenter: {route: {enabled: true}}", "managementCenter.route.enabled"),
        mistake(
            "managementCenter: {ingress: {enabled: true, tlsSecret: a}}",
            "managementCenter.ingress.host"),
        mistake(
            "managementCenter: {oidc: {issuer: \"ftp://id.example.com\"}}",
            "managementCenter.oidc.issuer"),
        mistake("managementCenter: {oidc: {clientId: mqtt}}", "managementCenter.oidc.issuer"),
        mistake(singleSignOn("existingSecret: b, admins: [a]"), "managementCenter.oidc.clientId"),
        mistake(singleSignOn("clientId: b, admins: [a]"), "managementCenter.oidc.existingSecret"),
        mistake(singleSignOn("clientId: b, existingSecret: c"), "managementCenter.oidc.admins"),
        mistake(
            singleSignOn("clientId: b, existingSecret: c, viewers: [d]"),
            "managementCenter.publicUrl"),
        mistake(
            "security: {accounts: [{username: management-center, roles: [client]}]}",
            "security.accounts"),
        Arguments.of(Chart.AUTOSCALING, "autoscaling: {minBrokers: 7}", "autoscaling.maxBrokers"),
        Arguments.of(Chart.AUTOSCALING, "autoscaling: {maxBrokers: 51}", "autoscaling.maxBrokers"),
        Arguments.of(Chart.AUTOSCALING, "broker: {replicas: 3}", "broker.replicas"),
        Arguments.of(
            Chart.AUTOSCALING,
            "broker: {resources: {requests: {cpu: null}}}",
            "broker.resources.requests.cpu"),
        Arguments.of(Chart.AUTOSCALING, "agent: {durability: disk}", "agent"),
        Arguments.of(Chart.SINGLE, "replication: {mode: async}", "replication"),
        Arguments.of(Chart.SINGLE, "agent: {brokerHangAfter: 100ms}", "agent.brokerPing"),
        Arguments.of(Chart.SINGLE, "agent: {heap: 383m}", "agent.heap"),
        Arguments.of(Chart.SINGLE, "haproxy: {replicas: 1}", "haproxy"),
        Arguments.of(Chart.SINGLE, "tls: {mode: edge}", "tls.mode"));
  }

  private static String singleSignOn(String rest) {
    return "managementCenter: {oidc: {issuer: \"https://id.example.com\", " + rest + "}}";
  }

  private static Arguments mistake(String yaml, String path) {
    return Arguments.of(Chart.HIGH_AVAILABILITY, yaml, path);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("mistakes")
  void are_refused_by_helm_naming_the_value(Chart chart, String yaml, String path) {
    assertThatExceptionOfType(RenderingException.class)
        .isThrownBy(() -> Rendering.of(chart, yaml, Release.named("plant")))
        .satisfies(refusal ->
            assertThat(words(String.valueOf(refusal.getMessage()))).contains(words(path)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("mistakes")
  void are_refused_by_the_model_naming_the_value(Chart chart, String yaml, String path) {
    assertThatExceptionOfType(InvalidVariantException.class)
        .isThrownBy(() -> Variant.of(chart, yaml))
        .satisfies(refusal ->
            assertThat(refusal.problems())
                .anySatisfy(problem -> assertThat(problem).startsWith(path)));
  }

  /** Helm's schema says {@code /broker/replicas}, or names the parent and then the key. */
  private static String[] words(String path) {
    return path.split("[^A-Za-z0-9]+");
  }
}
