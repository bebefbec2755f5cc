package io.mosquittoha.testbed.quickstart;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.mosquittoha.testbed.Checkout;
import io.mosquittoha.testbed.Cluster;
import io.mosquittoha.testbed.ClusterSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.paho.mqttv5.common.MqttException;

/** The one installation that quickstart keeps on this machine, from nothing to served and back. */
final class Trial {

  private static final String CLUSTER = "quickstart";
  private static final String NAMESPACE = "mosquitto";
  private static final String USER = "mqtt";
  private static final int MQTT_PORT = 31028;
  private static final int MANAGEMENT_PORT = 31021;

  private final Path home;
  private final Checkout checkout = Checkout.find();

  Trial(Path home) {
    this.home = home;
  }

  void up(InstalledVariant variant) throws IOException, InterruptedException {
    var before = Installation.read(home);
    var running = Cluster.adopt(CLUSTER);
    if (running.isPresent()) {
      before
          .filter(other -> other.variant() != variant)
          .ifPresent(other -> {
            throw new IllegalStateException(
                "%s is installed already, and both want port %d. Run ./quickstart down, then ./quickstart up --variant %s."
                    .formatted(other.variant().chart(), MQTT_PORT, variant));
          });
    }
    var cluster = running.orElseGet(this::startCluster);
    var kubeconfig = home.resolve("kubeconfig");
    PrivateFile.write(kubeconfig, cluster.kubeconfig());
    step("loading the images");
    cluster.loadImages(
        only(checkout.root().resolve("images/target"), "mosquitto-ha-images-", ".tar"));
    try (var kubernetes = client(cluster.kubeconfig())) {
      ensureNamespace(kubernetes);
      install(variant, kubeconfig);
      var password = home.resolve("mqtt-password");
      PrivateFile.write(password, secret(kubernetes, variant.chart() + "-accounts", USER));
      var address = cluster.nodePort(MQTT_PORT);
      var center = cluster.nodePort(MANAGEMENT_PORT);
      var login = home.resolve("management-password");
      PrivateFile.write(
          login, secret(kubernetes, variant.chart() + "-management-center", "password"));
      var installation =
          new Installation(
              variant,
              NAMESPACE,
              variant.chart(),
              kubeconfig,
              new Installation.Mqtt(
                  literal(address.getHostString()), address.getPort(), USER, password),
              new Installation.Management(
                  "http://%s:%d/".formatted(literal(center.getHostString()), center.getPort()),
                  "admin",
                  login));
      installation.write(home);
      prove(installation);
      System.out.println();
      System.out.print(new Guide(installation, checkout.root()).text());
    } finally {
      cluster.detach();
    }
  }

  int status(boolean json) {
    var installation = Installation.read(home).orElseThrow();
    var status = status(installation);
    if (json) {
      System.out.println(installation.json(status));
    } else {
      System.out.print(new Guide(installation, checkout.root()).status(status));
    }
    return status.running() ? 0 : 3;
  }

  void down() throws IOException {
    Cluster.adopt(CLUSTER)
        .ifPresent(cluster -> {
          step("removing the cluster");
          cluster.close();
        });
    for (var file : List.of("state.json", "kubeconfig", "mqtt-password", "management-password")) {
      Files.deleteIfExists(home.resolve(file));
    }
  }

  private Cluster startCluster() {
    step("starting a Kubernetes cluster");
    var started = System.nanoTime();
    var cluster =
        Cluster.start(
            ClusterSpec.singleNode()
                .withName(CLUSTER)
                .withFixedPort(MQTT_PORT, MQTT_PORT)
                .withFixedPort(MANAGEMENT_PORT, MANAGEMENT_PORT));
    step("%s, %.1f s", cluster.description(), seconds(started));
    return cluster;
  }

  private void ensureNamespace(KubernetesClient kubernetes) {
    kubernetes
        .resource(
            new io.fabric8.kubernetes.api.model.NamespaceBuilder()
                .withNewMetadata()
                .withName(NAMESPACE)
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build())
        .serverSideApply();
  }

  private void install(InstalledVariant variant, Path kubeconfig)
      throws IOException, InterruptedException {
    var chart = only(checkout.root().resolve("charts/target"), variant.chart() + "-", ".tgz");
    step("installing %s with Helm", chart.getFileName());
    var started = System.nanoTime();
    var output = home.resolve("helm.log");
    var helm =
        new ProcessBuilder(
                checkout.run("helm"),
                "upgrade",
                "--install",
                variant.chart(),
                chart.toString(),
                "--kubeconfig",
                kubeconfig.toString(),
                "--namespace",
                NAMESPACE,
                "--wait",
                "--timeout",
                "3m")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (helm.waitFor() != 0) {
      throw new IllegalStateException(
          Files.readString(output).strip()
              + "\nHelm failed. ./quickstart kubectl -n %s get pods,events shows more; run ./quickstart up to try again."
                  .formatted(NAMESPACE));
    }
    step("every pod is ready, %.1f s", seconds(started));
  }

  /** HAProxy may need a moment more than its pods' readiness to let the first client through. */
  private void prove(Installation installation) throws IOException, InterruptedException {
    var mqtt = installation.mqtt();
    var password = Files.readString(mqtt.passwordFile());
    var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      try {
        var took = RoundTrip.measure(mqtt.host(), mqtt.port(), mqtt.user(), password);
        step(
            "a message went to %s:%d and came back, %d ms",
            mqtt.host(), mqtt.port(), took.toMillis());
        return;
      } catch (MqttException | TimeoutException e) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(
              "everything is installed, but no message came through %s:%d (%s). ./quickstart kubectl -n %s get pods shows what runs."
                  .formatted(mqtt.host(), mqtt.port(), e.getMessage(), NAMESPACE),
              e);
        }
        Thread.sleep(200);
      }
    }
  }

  private static String secret(KubernetesClient kubernetes, String name, String key) {
    var secret = kubernetes.secrets().inNamespace(NAMESPACE).withName(name).require();
    return new String(
        Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
  }

  private static Status status(Installation installation) {
    try (var kubernetes = client(Files.readString(installation.kubeconfig()))) {
      var pods =
          kubernetes
              .pods()
              .inNamespace(installation.namespace())
              .withLabel("app.kubernetes.io/instance", installation.release())
              .list()
              .getItems();
      var lines = pods.stream().map(Trial::line).toList();
      return new Status(
          true, !lines.isEmpty() && pods.stream().allMatch(Readiness::isPodReady), lines);
    } catch (KubernetesClientException | IOException e) {
      return Status.STOPPED;
    }
  }

  private static Status.PodLine line(Pod pod) {
    var waiting =
        pod.getStatus().getContainerStatuses().stream()
            .flatMap(container -> Optional.ofNullable(container.getState().getWaiting()).stream())
            .map(reason -> reason.getReason())
            .findFirst();
    var state =
        Readiness.isPodReady(pod)
            ? "ready"
            : waiting.orElse(pod.getStatus().getPhase().toLowerCase());
    return new Status.PodLine(
        pod.getMetadata().getName(),
        Optional.ofNullable(pod.getSpec().getNodeName()).orElse(""),
        state);
  }

  private static KubernetesClient client(String kubeconfig) {
    var config = Config.fromKubeconfig(kubeconfig);
    config.setConnectionTimeout(5_000);
    config.setRequestTimeout(20_000);
    config.setRequestRetryBackoffLimit(1);
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  private static Path only(Path folder, String prefix, String suffix) throws IOException {
    try (var files = Files.list(folder)) {
      // The character after the chart's name and dash is the version's first digit, so that
      // mosquitto-ha does not find mosquitto-ha-autoscaling.
      var found =
          files
              .filter(file -> {
                var name = file.getFileName().toString();
                return name.startsWith(prefix)
                    && name.endsWith(suffix)
                    && Character.isDigit(name.charAt(prefix.length()));
              })
              .toList();
      if (found.size() != 1) {
        throw new IllegalStateException(
            "%s should hold one %s…%s and holds %d. Remove the folder and run ./quickstart up again."
                .formatted(folder, prefix, suffix, found.size()));
      }
      return found.getFirst();
    }
  }

  /** The port is published on IPv4 only, and "localhost" may mean IPv6 to a client. */
  private static String literal(String host) {
    return host.equals("localhost") ? "127.0.0.1" : host;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static void step(String format, Object... arguments) {
    System.out.println("» " + format.formatted(arguments));
  }
}
