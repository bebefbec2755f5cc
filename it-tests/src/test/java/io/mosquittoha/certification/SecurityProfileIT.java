package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.mosquittoha.certification.lab.Certified;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Runs as a user id that OpenShift could have drawn, in a namespace that enforces {@code
 * restricted}.
 */
@Certified
@Order(60)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SecurityProfileIT {

  private static final long UID = 1000680000L;

  private static final String SMALL_AND_FORGETFUL =
      """
      broker:
        replicas: 2
        persistence:
          retention: {whenDeleted: Delete}
      managementCenter:
        persistence: {whenDeleted: Delete}
      """;

  private Lab lab;
  private Installation installation;

  @BeforeAll
  void install(Lab lab) {
    this.lab = lab;
    installation =
        lab.install(
            Chart.HIGH_AVAILABILITY,
            SMALL_AND_FORGETFUL,
            "security: {runAsUser: %1$d, runAsGroup: 0, fsGroup: %1$d}".formatted(UID));
  }

  @Test
  @Order(1)
  void namespace_whenAPodAsksForMoreThanRestricted_thenItIsRefused() {
    var greedy =
        new PodBuilder()
            .withNewMetadata()
            .withName("greedy")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("greedy")
            .withImage(
                installation.brokers().getFirst().getSpec().getContainers().getFirst().getImage())
            .withNewSecurityContext()
            .withPrivileged(true)
            .endSecurityContext()
            .endContainer()
            .endSpec()
            .build();
    assertThatThrownBy(
            () -> lab.kubernetes().pods().inNamespace(lab.namespace()).resource(greedy).create())
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("violates PodSecurity \"restricted");
  }

  @Test
  @Order(2)
  void pods_whenTheyRun_thenNoneHasATokenByDefaultOrAWritableRootOrACapability() {
    assertThat(pods())
        .isNotEmpty()
        .allSatisfy(pod -> {
          assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
          assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
          assertThat(pod.getSpec().getContainers())
              .allSatisfy(container -> {
                var security = container.getSecurityContext();
                assertThat(security.getReadOnlyRootFilesystem()).isTrue();
                assertThat(security.getAllowPrivilegeEscalation()).isFalse();
                assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
              });
        });
  }

  private Stream<Pod> pods() {
    assertThat(installation.centers()).isNotEmpty();
    return Stream.of(installation.brokers(), installation.haproxies(), installation.centers())
        .flatMap(List::stream);
  }

  @Test
  @Order(3)
  void managementCenter_whenItUsesTheKubernetesApi_thenItMayDoWhatItsPagesOfferAndNothingElse() {
    var center = installation.centers().getFirst();
    var broker = installation.brokers().getFirst().getMetadata().getName();
    assertThat(may(center, "get", "", "pods", broker)).isTrue();
    assertThat(may(center, "delete", "", "pods", broker)).isTrue();
    assertThat(may(center, "delete", "", "pods", center.getMetadata().getName())).isFalse();
    assertThat(may(center, "delete", "apps", "statefulsets", installation.fullname())).isFalse();
    assertThat(may(center, "get", "", "secrets", installation.fullname() + "-accounts")).isFalse();
    assertThat(may(center, "create", "", "pods", "")).isFalse();
    assertThat(may(center, "update", "coordination.k8s.io", "leases", installation.fullname() + "-view"))
        .isFalse();
  }

  @Test
  @Order(3)
  void agents_whenTheyUseTheKubernetesApi_thenTheyMayChangeOneObjectAndNothingElse() {
    var view = installation.fullname() + "-view";
    var agent = installation.brokers().getFirst();
    assertThat(List.of("get", "update", "patch"))
        .allSatisfy(
            verb -> assertThat(may(agent, verb, "coordination.k8s.io", "leases", view)).as(verb).isTrue());
    assertThat(may(agent, "update", "coordination.k8s.io", "leases", "another")).isFalse();
    assertThat(may(agent, "delete", "coordination.k8s.io", "leases", view)).isFalse();
    assertThat(may(agent, "create", "coordination.k8s.io", "leases", "")).isFalse();
    assertThat(may(agent, "get", "", "secrets", installation.fullname() + "-accounts")).isFalse();
    assertThat(may(agent, "list", "", "pods", "")).isFalse();
  }

  /** Whether the account of a pod may do something in its namespace. */
  private boolean may(Pod pod, String verb, String group, String resource, String name) {
    var account = pod.getSpec().getServiceAccountName();
    return lab.kubernetes()
        .authorization()
        .v1()
        .subjectAccessReview()
        .create(
            new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser("system:serviceaccount:%s:%s".formatted(lab.namespace(), account))
                .withNewResourceAttributes()
                .withNamespace(lab.namespace())
                .withVerb(verb)
                .withGroup(group)
                .withResource(resource)
                .withName(name)
                .endResourceAttributes()
                .endSpec()
                .build())
        .getStatus()
        .getAllowed();
  }

  @Test
  @Order(4)
  void broker_whenItIsGivenAnArbitraryUid_thenItReallyRunsAndServesAsThat(Figures figures) {
    var processes = lab.processes(installation.pod(installation.servingBroker()));
    figures.record("user id of the broker's process", Long.toString(processes.brokerUid()));
    figures.record("capabilities it could ever have", processes.brokerCapabilities());
    figures.record("its root file system", String.join(",", processes.brokerRootMount()));
    assertThat(processes.brokerUid()).isEqualTo(UID);
    assertThat(processes.brokerCapabilities()).matches("0+");
    assertThat(processes.brokerRootMount()).contains("ro");
  }

  @Test
  @Order(5)
  void openshift_whenItAssignsTheUser_thenTheChartNamesNone() {
    installation.uninstall();
    await("volumes that are not to be retained to go, and the passwords with them")
        .untilAsserted(() ->
            assertThat(
                    lab.objects()
                        .filter(object -> object.getMetadata().getName().contains("certified")))
                .isEmpty());
    installation.install(
        Duration.ofSeconds(120), SMALL_AND_FORGETFUL, "openshift: {enabled: true}");
    installation.awaitWhole();
    installation.servingBroker();
    assertThat(pods())
        .isNotEmpty()
        .allSatisfy(pod -> {
          assertThat(pod.getSpec().getSecurityContext().getRunAsUser()).isNull();
          assertThat(pod.getSpec().getSecurityContext().getFsGroup()).isNull();
          assertThat(pod.getSpec().getContainers())
              .allSatisfy(
                  container -> assertThat(container.getSecurityContext().getRunAsUser()).isNull());
        });
  }
}
