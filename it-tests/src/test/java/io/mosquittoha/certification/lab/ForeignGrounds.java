package io.mosquittoha.certification.lab;

import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.mosquittoha.testbed.Cluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Somebody's cluster, named by a kubeconfig. Its nodes are never touched, and it finds the images
 * where its values say.
 */
record ForeignGrounds(
    Path kubeconfig, KubernetesClient kubernetes, String address, Optional<Path> ownValues)
    implements Grounds {

  static final String KUBECONFIG = "cluster.kubeconfig";
  static final String ADDRESS = "cluster.address";
  static final String VALUES = "cluster.values";
  static final String DOMAIN = "cluster.domain";
  static final String NETWORK_POLICY = "cluster.networkPolicy";

  static Optional<Path> wanted() {
    return property(KUBECONFIG).map(file -> readable(KUBECONFIG, file));
  }

  static ForeignGrounds of(Path kubeconfig) {
    try {
      var kubernetes =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(Files.readString(kubeconfig)))
              .build();
      return new ForeignGrounds(
          kubeconfig,
          kubernetes,
          property(ADDRESS).orElseGet(() -> addressOfSomeNode(kubernetes)),
          property(VALUES).map(file -> readable(VALUES, file)));
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + kubeconfig, e);
    }
  }

  private static Optional<String> property(String name) {
    return Optional.ofNullable(System.getProperty(name)).filter(value -> !value.isBlank());
  }

  private static Path readable(String property, String file) {
    var path = Checkout.file("").resolve(file);
    if (!Files.isReadable(path)) {
      throw new IllegalArgumentException(
          "-D%s=%s names no readable file".formatted(property, file));
    }
    return path;
  }

  private static String addressOfSomeNode(KubernetesClient kubernetes) {
    var addresses =
        kubernetes.nodes().list().getItems().stream()
            .flatMap(node -> node.getStatus().getAddresses().stream())
            .toList();
    return addresses.stream()
        .filter(address -> address.getType().equals("ExternalIP"))
        .findFirst()
        .or(() ->
            addresses.stream()
                .filter(address -> address.getType().equals("InternalIP"))
                .findFirst())
        .map(NodeAddress::getAddress)
        .orElseThrow(() ->
            new IllegalStateException(
                "no node of the cluster has an address; give one with -D" + ADDRESS));
  }

  @Override
  public InetSocketAddress nodePort(int port) {
    return new InetSocketAddress(address, port);
  }

  @Override
  public String domain() {
    return property(DOMAIN).orElse("cluster.local");
  }

  @Override
  public boolean networkPolicyEnforced() {
    return property(NETWORK_POLICY).map(Boolean::valueOf).orElse(true);
  }

  @Override
  public List<Path> values() {
    return ownValues.stream().toList();
  }

  @Override
  public Optional<Cluster> machines() {
    return Optional.empty();
  }

  @Override
  public Map<String, String> description() {
    var description = new LinkedHashMap<String, String>();
    description.put("kind", "existing cluster");
    description.put("nodes", "%d".formatted(kubernetes.nodes().list().getItems().size()));
    description.put("dialled at", address);
    description.put("cluster domain", domain());
    return description;
  }

  @Override
  public void close() {
    kubernetes.close();
  }
}
