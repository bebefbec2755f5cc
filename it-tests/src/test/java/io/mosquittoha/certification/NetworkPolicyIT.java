package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.lab.PodRun;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Who may reach brokers from inside the cluster. Each refusal stands beside a pod that is let in.
 */
@Certified
@Order(50)
class NetworkPolicyIT {

  private static final Map<String, String> ALLOWED = Map.of("may-use-mqtt", "true");
  private static final Map<String, String> DENIED = Map.of("may-use-mqtt", "false");

  private Lab lab;
  private Installation installation;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    lab.assumeNetworkPolicies();
    installation =
        lab.install(
            Chart.HIGH_AVAILABILITY,
            """
            broker: {replicas: 2}
            networkPolicy:
              clients:
                - podSelector: {matchLabels: {may-use-mqtt: "true"}}
            """);
  }

  @BeforeEach
  void whole() {
    installation.awaitWhole();
  }

  @Test
  void client_whenThePolicyNamesItsPod_thenItIsServed() {
    // A network plugin needs a moment to take in a new pod, and turns it away until then.
    var run = ping(ALLOWED, installation.serviceDomain() + ":1883", "--wait", "45s");
    assertThat(run.exitCode()).as(run.output()).isZero();
  }

  @Test
  void client_whenThePolicyDoesNotNameItsPod_thenItIsRefused() {
    await()
        .during(Duration.ofSeconds(3))
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(ping(DENIED, installation.serviceDomain() + ":1883", "--wait", "5s"))
                .satisfies(run -> assertThat(run.exitCode()).isNotZero())
                .satisfies(NetworkPolicyIT::expectNoConnection));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"its health and metrics, 7070", "what brokers say to each other, 7000"})
  void broker_whenAPodGoesAroundHaproxy_thenItIsRefused(String what, int port) {
    // Ports without PROXY protocol, so that only the policy can be what refuses.
    var address =
        "%s.%s:%d"
            .formatted(
                installation.brokers().getFirst().getMetadata().getName(),
                installation.headlessDomain(),
                port);
    var outsider = ping(ALLOWED, address, "--wait", "5s");
    assertThat(outsider.exitCode()).isNotZero();
    assertThat(outsider).satisfies(NetworkPolicyIT::expectNoConnection);
  }

  @Test
  void helmTest_whenClientsAreLimited_thenItStillPasses() {
    installation.test();
  }

  /**
   * Dropped or rejected by the network, as opposed to refused or misunderstood by who listens
   * there.
   */
  private static void expectNoConnection(PodRun run) {
    assertThat(run.output())
        .containsAnyOf("i/o timeout", "connection refused", "deadline exceeded");
  }

  private PodRun ping(Map<String, String> labels, String address, String... more) {
    var command = Stream.of("ping", "--address", address, "--username", "mqtt", "--password-file");
    return lab.launch(
        installation,
        labels,
        Stream.of(command, Stream.of("/accounts/mqtt"), Stream.of(more))
            .flatMap(part -> part)
            .toArray(String[]::new));
  }
}
