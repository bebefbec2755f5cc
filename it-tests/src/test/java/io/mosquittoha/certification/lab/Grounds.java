package io.mosquittoha.certification.lab;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.mosquittoha.testbed.Cluster;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The cluster that is certified: one that the suite started, or somebody's. */
sealed interface Grounds extends AutoCloseable permits TestbedGrounds, ForeignGrounds {

  KubernetesClient kubernetes();

  Path kubeconfig();

  /** Where a client outside the cluster dials to reach a node port. */
  InetSocketAddress nodePort(int port);

  String domain();

  boolean networkPolicyEnforced();

  /** Values files that every installation here needs. */
  List<Path> values();

  /** The machines, where the suite may break them. */
  Optional<Cluster> machines();

  /** What the report says about it. */
  Map<String, String> description();

  @Override
  void close();
}
