package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.report.Figures;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What DNS must say about brokers, asked from a pod. */
final class DnsIdentityContract {

  private final Lab lab;
  private final Installation installation;

  DnsIdentityContract(Lab lab, Installation installation) {
    this.lab = lab;
    this.installation = installation;
  }

  void everyBrokerHasItsName(Figures figures) {
    for (var pod : installation.brokers()) {
      var name = nameOf(pod.getMetadata().getName());
      figures.record(name, pod.getStatus().getPodIP());
      awaitAddress(pod, name);
    }
  }

  void srvListsExactly(List<String> pods) {
    var service = "_mqtt._tcp." + installation.headlessDomain();
    await("SRV of " + service)
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(resolve(service, "--srv"))
                .containsExactlyInAnyOrderElementsOf(
                    pods.stream().map(pod -> nameOf(pod) + ":1883").toList()));
  }

  void identitySurvivesDeletion(Figures figures) {
    var before = installation.brokers().getLast();
    var podName = before.getMetadata().getName();
    lab.kubernetes().resource(before).delete();
    await("pod " + podName + " to be there again")
        .atMost(Duration.ofSeconds(120))
        .until(() ->
            installation.brokers().stream()
                .anyMatch(pod ->
                    pod.getMetadata().getName().equals(podName)
                        && !pod.getMetadata().getUid().equals(before.getMetadata().getUid())));
    installation.awaitWhole();
    var after = installation.pod(podName);
    figures.record(
        "address",
        before.getStatus().getPodIP() + " before, " + after.getStatus().getPodIP() + " after");
    assertThat(after.getStatus().getPodIP()).isNotEqualTo(before.getStatus().getPodIP());
    awaitAddress(after, nameOf(podName));
  }

  private void awaitAddress(Pod pod, String name) {
    await("DNS for " + name)
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(resolve(name))
                .containsExactly(Objects.requireNonNull(pod.getStatus().getPodIP())));
  }

  String nameOf(String pod) {
    return pod + "." + installation.headlessDomain();
  }

  private List<String> resolve(String... arguments) {
    var command = new String[arguments.length + 1];
    command[0] = "resolve";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return lab.launch(installation, Map.of(), command).orThrow().lines().toList();
  }
}
