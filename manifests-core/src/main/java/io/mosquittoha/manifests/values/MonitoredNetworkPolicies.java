package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import java.util.List;
import java.util.Map;

/** Who may talk to whom where there are metrics to read. */
public record MonitoredNetworkPolicies(
    @Inline NetworkPolicies policies,
    @Value(value = "Peers that may read metrics; empty: everyone", fits = NetworkPolicyPeer.class)
        List<Map<String, Object>> monitoring) {

  public MonitoredNetworkPolicies {
    monitoring = Frozen.list(monitoring);
  }

  public static MonitoredNetworkPolicies defaults() {
    return new MonitoredNetworkPolicies(NetworkPolicies.defaults(), List.of());
  }
}
