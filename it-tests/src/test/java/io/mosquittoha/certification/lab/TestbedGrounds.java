package io.mosquittoha.certification.lab;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.mosquittoha.testbed.Cluster;
import io.mosquittoha.testbed.ClusterSpec;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A cluster of the testbed, with the project's images loaded from the bundle that users load, too.
 */
record TestbedGrounds(Cluster cluster, KubernetesClient kubernetes, Map<String, String> description)
    implements Grounds {

  static TestbedGrounds start(ClusterSpec spec) {
    var bundle = Checkout.file("images/target/mosquitto-ha-images-0.1.0.tar");
    if (!Files.exists(bundle)) {
      throw new IllegalStateException(
          bundle + " is missing. Build the images first: images/build (or mvn verify at the root)");
    }
    var begun = System.nanoTime();
    var cluster = Cluster.start(spec);
    try {
      var started = Duration.ofNanos(System.nanoTime() - begun);
      cluster.loadImages(bundle);
      var loaded = Duration.ofNanos(System.nanoTime() - begun).minus(started);
      var kubernetes =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(cluster.kubeconfig()))
              .build();
      var description = new LinkedHashMap<String, String>();
      description.put("kind", "testbed");
      description.put("nodes", "1 server, %d agents".formatted(spec.agents()));
      description.put("node image", cluster.description());
      description.put("cluster domain", spec.clusterDomain());
      description.put("started in", "%.1f s".formatted(started.toMillis() / 1000.0));
      description.put("images loaded in", "%.1f s".formatted(loaded.toMillis() / 1000.0));
      description.put(
          "NetworkPolicy", cluster.networkPolicyEnforced() ? "enforced" : "not enforced");
      return new TestbedGrounds(cluster, kubernetes, description);
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public Path kubeconfig() {
    return cluster.kubeconfigFile();
  }

  @Override
  public InetSocketAddress nodePort(int port) {
    return cluster.nodePort(port);
  }

  @Override
  public String domain() {
    return cluster.domain();
  }

  @Override
  public boolean networkPolicyEnforced() {
    return cluster.networkPolicyEnforced();
  }

  @Override
  public List<Path> values() {
    return List.of();
  }

  @Override
  public Optional<Cluster> machines() {
    return Optional.of(cluster);
  }

  @Override
  public void close() {
    kubernetes.close();
    cluster.close();
  }
}
