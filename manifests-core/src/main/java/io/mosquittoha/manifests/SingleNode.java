package io.mosquittoha.manifests;

import io.mosquittoha.manifests.values.Agent;
import io.mosquittoha.manifests.values.Certificates;
import io.mosquittoha.manifests.values.Inline;
import io.mosquittoha.manifests.values.Listeners;
import io.mosquittoha.manifests.values.LoneBroker;
import io.mosquittoha.manifests.values.MonitoredNetworkPolicies;
import io.mosquittoha.manifests.values.Monitoring;
import io.mosquittoha.manifests.values.Names;
import io.mosquittoha.manifests.values.Surroundings;
import io.mosquittoha.manifests.values.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One broker, which clients reach directly. */
public record SingleNode(
    @Inline Names names,
    @Value("The broker") LoneBroker broker,
    @Value("What supervises the broker") Agent agent,
    @Value("TLS for clients; it ends at the broker") Certificates tls,
    @Value("Who may talk to whom") MonitoredNetworkPolicies networkPolicy,
    @Inline Surroundings surroundings,
    @Value("How Prometheus finds the metrics of the broker's agent") Monitoring monitoring)
    implements Variant {

  public SingleNode {
    var contradictions = new ArrayList<>(Contradictions.of(agent));
    contradictions.addAll(Contradictions.of(names, surroundings, broker.broker().listeners(), tls));
    Contradictions.refuse(
        List.of(names, surroundings),
        Map.of(
            "broker",
            broker,
            "agent",
            agent,
            "tls",
            tls,
            "networkPolicy",
            networkPolicy,
            "monitoring",
            monitoring),
        contradictions);
  }

  public static SingleNode defaults() {
    return new SingleNode(
        Names.defaults(),
        LoneBroker.defaults(),
        Agent.defaults(),
        Certificates.defaults(),
        MonitoredNetworkPolicies.defaults(),
        Surroundings.defaults(),
        Monitoring.defaults());
  }

  @Override
  public Chart chart() {
    return Chart.SINGLE;
  }

  @Override
  public Listeners listeners() {
    return broker.broker().listeners();
  }

  @Override
  public Certificates certificates() {
    return tls;
  }

  @Override
  public SingleNode with(Map<String, ?> values) {
    return (SingleNode) Variant.super.with(values);
  }

  @Override
  public SingleNode with(String path, Object value) {
    return (SingleNode) Variant.super.with(path, value);
  }

  /** The same with other TLS. */
  public SingleNode withTls(Certificates certificates) {
    return new SingleNode(
        names, broker, agent, certificates, networkPolicy, surroundings, monitoring);
  }
}
