package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import java.util.List;
import java.util.Map;

/** Who may talk to whom. */
public record NetworkPolicies(
    @Value("Make NetworkPolicies: nobody reaches a broker but those who must") boolean enabled,
    @Value(
            value = "Peers that may use the client ports; empty: everyone",
            fits = NetworkPolicyPeer.class)
        List<Map<String, Object>> clients,
    @Value(
            value = "Peers that may use the management center; empty: everyone",
            fits = NetworkPolicyPeer.class)
        List<Map<String, Object>> managementCenter,
    @Value(
            value = "Further rules for what may reach the pods",
            fits = NetworkPolicyIngressRule.class)
        List<Map<String, Object>> extraIngress,
    @Value(
            value = "Further rules for what the pods may reach",
            fits = NetworkPolicyEgressRule.class)
        List<Map<String, Object>> extraEgress) {

  public NetworkPolicies {
    clients = Frozen.list(clients);
    managementCenter = Frozen.list(managementCenter);
    extraIngress = Frozen.list(extraIngress);
    extraEgress = Frozen.list(extraEgress);
  }

  public static NetworkPolicies defaults() {
    return new NetworkPolicies(true, List.of(), List.of(), List.of(), List.of());
  }
}
