package io.mosquittoha.testbed;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What cluster to start: a server and so many agents.
 *
 * @param name the name that a later process finds the cluster by; without one, the cluster is its
 *     process's own, and what a killed process left behind is removed by the next
 * @param agents how many nodes there are besides the server
 * @param clusterDomain the domain that the cluster's DNS answers for
 * @param publishedNodePorts the node ports that can be reached from outside of the cluster
 * @param fixedHostPorts by node port, the port of this machine that it is published as; the other
 *     published ones get whichever port is free
 */
public record ClusterSpec(
    Optional<String> name,
    int agents,
    String clusterDomain,
    List<Integer> publishedNodePorts,
    Map<Integer, Integer> fixedHostPorts) {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][-a-z0-9]{0,30}");
  private static final Pattern DOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  /** Checks what was asked for. */
  public ClusterSpec {
    name.filter(given -> !NAME.matcher(given).matches())
        .ifPresent(given -> {
          throw new IllegalArgumentException(
              "'%s' is not a name for a cluster; use lower-case letters, digits and -"
                  .formatted(given));
        });
    if (agents < 0 || agents > 8) {
      throw new IllegalArgumentException(
          "A test cluster has 0 to 8 agents, not %d".formatted(agents));
    }
    if (clusterDomain.length() > 200 || !DOMAIN.matcher(clusterDomain).matches()) {
      throw new IllegalArgumentException(
          "'%s' is not a DNS domain; one is lower-case words with dots between them"
              .formatted(clusterDomain));
    }
    publishedNodePorts = publishedNodePorts.stream().distinct().sorted().toList();
    fixedHostPorts = Map.copyOf(new TreeMap<>(fixedHostPorts));
    for (var port : publishedNodePorts) {
      if (port < 30000 || port > 32767) {
        throw new IllegalArgumentException(
            "%d is not a node port; those are 30000 to 32767".formatted(port));
      }
    }
    for (var fixed : fixedHostPorts.entrySet()) {
      if (!publishedNodePorts.contains(fixed.getKey())) {
        throw new IllegalArgumentException(
            "Node port %d has a fixed host port but is not published; use withFixedPort"
                .formatted(fixed.getKey()));
      }
      if (fixed.getValue() < 1 || fixed.getValue() > 65535) {
        throw new IllegalArgumentException(
            "%d is not a port; those are 1 to 65535".formatted(fixed.getValue()));
      }
    }
  }

  /** A server alone, with node ports 31020 to 31039 published. */
  public static ClusterSpec singleNode() {
    return new ClusterSpec(
        Optional.empty(),
        0,
        "cluster.local",
        IntStream.rangeClosed(31020, 31039).boxed().toList(),
        Map.of());
  }

  /** The same cluster, kept under a name. */
  public ClusterSpec withName(String given) {
    return new ClusterSpec(
        Optional.of(given), agents, clusterDomain, publishedNodePorts, fixedHostPorts);
  }

  /** The same cluster with so many agents. */
  public ClusterSpec withAgents(int count) {
    return new ClusterSpec(name, count, clusterDomain, publishedNodePorts, fixedHostPorts);
  }

  /** The same cluster under another domain. */
  public ClusterSpec withClusterDomain(String domain) {
    return new ClusterSpec(name, agents, domain, publishedNodePorts, fixedHostPorts);
  }

  /** The same cluster with a node port published as this port of the machine. */
  public ClusterSpec withFixedPort(int nodePort, int hostPort) {
    var fixed = new TreeMap<>(fixedHostPorts);
    fixed.put(nodePort, hostPort);
    return new ClusterSpec(
        name,
        agents,
        clusterDomain,
        Stream.concat(publishedNodePorts.stream(), Stream.of(nodePort)).toList(),
        fixed);
  }
}
