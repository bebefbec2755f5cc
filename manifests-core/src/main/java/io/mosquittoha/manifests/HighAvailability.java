package io.mosquittoha.manifests;

import io.mosquittoha.manifests.values.Agent;
import io.mosquittoha.manifests.values.BalancedTls;
import io.mosquittoha.manifests.values.Certificates;
import io.mosquittoha.manifests.values.FixedBrokers;
import io.mosquittoha.manifests.values.HaProxy;
import io.mosquittoha.manifests.values.Inline;
import io.mosquittoha.manifests.values.Listeners;
import io.mosquittoha.manifests.values.MonitoredNetworkPolicies;
import io.mosquittoha.manifests.values.Monitoring;
import io.mosquittoha.manifests.values.Names;
import io.mosquittoha.manifests.values.Replication;
import io.mosquittoha.manifests.values.Surroundings;
import io.mosquittoha.manifests.values.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Several brokers with one state: one serves, the others follow it, behind HAProxy. */
public record HighAvailability(
    @Inline Names names,
    @Value("The brokers") FixedBrokers broker,
    @Value("How brokers keep each other's state") Replication replication,
    @Value("What supervises each broker") Agent agent,
    @Value("TLS for clients") BalancedTls tls,
    @Value("The proxy that knows which broker serves") HaProxy haproxy,
    @Value("Who may talk to whom") MonitoredNetworkPolicies networkPolicy,
    @Inline Surroundings surroundings,
    @Value("How Prometheus finds the metrics of HAProxy and of the brokers' agents")
        Monitoring monitoring)
    implements Variant {

  public HighAvailability {
    var contradictions = new ArrayList<>(Contradictions.of(replication, agent, broker.replicas()));
    contradictions.addAll(
        Contradictions.of(names, surroundings, broker.broker().listeners(), tls.certificates()));
    Contradictions.refuse(
        List.of(names, surroundings),
        Map.of(
            "broker",
            broker,
            "replication",
            replication,
            "agent",
            agent,
            "tls",
            tls,
            "haproxy",
            haproxy,
            "networkPolicy",
            networkPolicy,
            "monitoring",
            monitoring),
        contradictions);
  }

  public static HighAvailability defaults() {
    return new HighAvailability(
        Names.defaults(),
        FixedBrokers.defaults(),
        Replication.defaults(),
        Agent.defaults(),
        BalancedTls.defaults(),
        HaProxy.ofLeader(),
        MonitoredNetworkPolicies.defaults(),
        Surroundings.defaults(),
        Monitoring.defaults());
  }

  @Override
  public Chart chart() {
    return Chart.HIGH_AVAILABILITY;
  }

  @Override
  public Listeners listeners() {
    return broker.broker().listeners();
  }

  @Override
  public Certificates certificates() {
    return tls.certificates();
  }

  @Override
  public HighAvailability with(Map<String, ?> values) {
    return (HighAvailability) Variant.super.with(values);
  }

  @Override
  public HighAvailability with(String path, Object value) {
    return (HighAvailability) Variant.super.with(path, value);
  }

  /** The same with another number of brokers, from 2 to 9. */
  public HighAvailability withBrokers(int replicas) {
    return new HighAvailability(
        names,
        broker.of(replicas),
        replication,
        agent,
        tls,
        haproxy,
        networkPolicy,
        surroundings,
        monitoring);
  }

  /** The same with other TLS. */
  public HighAvailability withTls(BalancedTls.Mode mode, Certificates certificates) {
    return new HighAvailability(
        names,
        broker,
        replication,
        agent,
        new BalancedTls(mode, certificates),
        haproxy,
        networkPolicy,
        surroundings,
        monitoring);
  }
}
