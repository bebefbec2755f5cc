package io.mosquittoha.certification.lab;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.mosquittoha.manifests.Chart;
import io.mosquittoha.manifests.Charts;
import io.mosquittoha.testbed.Cluster;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** A namespace that refuses every pod which is not {@code restricted}, and the releases in it. */
public final class Lab implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(180);

  private final Grounds grounds;
  private final String name;
  private final String namespace;
  private final List<Installation> installations = new ArrayList<>();

  Lab(Grounds grounds, String name) {
    this.grounds = grounds;
    this.name = name;
    namespace =
        "certify-%s-%s"
            .formatted(
                name.toLowerCase().replaceAll("[^a-z0-9]+", "-"),
                UUID.randomUUID().toString().substring(0, 4));
    grounds
        .kubernetes()
        .namespaces()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(namespace)
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .addToLabels("pod-security.kubernetes.io/warn", "restricted")
                .endMetadata()
                .build())
        .create();
  }

  // ---- the cluster

  public KubernetesClient kubernetes() {
    return grounds.kubernetes();
  }

  public String namespace() {
    return namespace;
  }

  public String domain() {
    return grounds.domain();
  }

  public InetSocketAddress nodePort(int port) {
    return grounds.nodePort(port);
  }

  public boolean isTestbed() {
    return grounds.machines().isPresent();
  }

  /** Every object of the namespace, and the nodes. */
  public Stream<HasMetadata> objects() {
    return Evidence.everything(this);
  }

  /** Values that put the address which is dialled into a self-made certificate. */
  public String certificateNames() {
    var host = nodePort(31029).getHostString();
    return "tls: {selfSigned: {%s: [\"%s\"]}}"
        .formatted(host.matches("[0-9.]+|.*:.*") ? "ipAddresses" : "dnsNames", host);
  }

  Grounds grounds() {
    return grounds;
  }

  /** The nodes' containers; where the cluster is somebody's, the test is skipped. */
  public Cluster machines() {
    return grounds
        .machines()
        .orElseThrow(() ->
            new TestAbortedException(
                "this check breaks things on nodes, and the cluster of -D"
                    + ForeignGrounds.KUBECONFIG
                    + " is not the suite's to break"));
  }

  /**
   * Processes of a pod as its node sees them; where the cluster is somebody's, the test is skipped.
   */
  public PodProcesses processes(Pod pod) {
    var wanted = pod.getSpec().getNodeName();
    return new PodProcesses(
        machines().nodes().stream()
            .filter(node -> node.name().equals(wanted))
            .findAny()
            .orElseThrow(() -> new IllegalStateException("the testbed has no node " + wanted)),
        pod);
  }

  /** Skips the test where network policies do nothing. */
  public void assumeNetworkPolicies() {
    if (!grounds.networkPolicyEnforced()) {
      throw new TestAbortedException("this cluster does not enforce NetworkPolicy");
    }
  }

  // ---- releases

  /** A chart, staged but not installed. */
  public Installation prepare(Chart chart) {
    return prepare(chart, Optional.empty());
  }

  /** A chart, staged but not installed, whose objects get a certain name. */
  public Installation prepare(Chart chart, String fullname) {
    return prepare(chart, Optional.of(fullname));
  }

  private Installation prepare(Chart chart, Optional<String> fullname) {
    var folder = Checkout.results().resolve("staged").resolve(namespace);
    var installation =
        new Installation(
            this,
            new Helm(
                grounds.kubeconfig(), namespace, Checkout.results().resolve("helm").resolve(name)),
            chart,
            "certified",
            fullname,
            Charts.find().stage(chart, folder));
    installations.add(installation);
    return installation;
  }

  /** Installs a chart and waits until it serves. */
  public Installation install(Chart chart, String... values) {
    var installation = prepare(chart);
    installation.install(PATIENCE, values);
    installation.awaitWhole();
    return installation;
  }

  // ---- pods that run one command

  /** Runs {@code launch ARGUMENTS} of the broker image in a restricted pod with these labels. */
  public PodRun launch(Installation installation, Map<String, String> labels, String... arguments) {
    var image = installation.brokers().getFirst().getSpec().getContainers().getFirst();
    var podName = "launch-" + UUID.randomUUID().toString().substring(0, 8);
    var pods = kubernetes().pods().inNamespace(namespace);
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(podName)
            .withLabels(labels)
            .endMetadata()
            .withNewSpec()
            .withRestartPolicy("Never")
            .withAutomountServiceAccountToken(false)
            .withTerminationGracePeriodSeconds(0L)
            .withNewSecurityContext()
            .withRunAsNonRoot(true)
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .addNewContainer()
            .withName("launch")
            .withImage(image.getImage())
            .withImagePullPolicy(image.getImagePullPolicy())
            .withCommand("/usr/bin/launch")
            .withArgs(arguments)
            .withNewSecurityContext()
            .withAllowPrivilegeEscalation(false)
            .withReadOnlyRootFilesystem(true)
            .withNewCapabilities()
            .addToDrop("ALL")
            .endCapabilities()
            .endSecurityContext()
            .addNewVolumeMount()
            .withName("accounts")
            .withMountPath("/accounts")
            .withReadOnly(true)
            .endVolumeMount()
            .endContainer()
            .addNewVolume()
            .withName("accounts")
            .withNewSecret()
            .withSecretName(installation.fullname() + "-accounts")
            .endSecret()
            .endVolume()
            .endSpec()
            .build();
    pods.resource(pod).create();
    try {
      var ended =
          await("pod " + podName + " to end")
              .atMost(Duration.ofSeconds(60))
              .until(
                  () -> pods.withName(podName).get(),
                  now ->
                      now != null
                          && now.getStatus() != null
                          && now.getStatus().getContainerStatuses().stream()
                              .anyMatch(status -> status.getState().getTerminated() != null));
      var exitCode =
          ended
              .getStatus()
              .getContainerStatuses()
              .getFirst()
              .getState()
              .getTerminated()
              .getExitCode();
      return new PodRun(exitCode, pods.withName(podName).getLog());
    } finally {
      pods.withName(podName).delete();
    }
  }

  /** Releases the node ports for the next class; what takes longer to go goes while that runs. */
  @Override
  public void close() {
    try {
      for (var installation : installations) {
        if (installation.isInstalled()) {
          installation.abandon();
        }
      }
    } finally {
      kubernetes().namespaces().withName(namespace).delete();
    }
  }

  List<Installation> installations() {
    return List.copyOf(installations);
  }

  String name() {
    return name;
  }
}
