package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import java.util.List;
import java.util.Map;

/** Who may talk to whom where HAProxy stands between, which has metrics to read. */
public record BalancedNetworkPolicies(
    @Inline NetworkPolicies policies,
    @Value(value = "Peers that may read metrics; empty: everyone", fits = NetworkPolicyPeer.class)
        List<Map<String, Object>> monitoring) {

  public BalancedNetworkPolicies {
    monitoring = Frozen.list(monitoring);
  }

  public static BalancedNetworkPolicies defaults() {
    return new BalancedNetworkPolicies(NetworkPolicies.defaults(), List.of());
  }
}
