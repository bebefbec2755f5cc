package io.mosquittoha.manifests;

import io.mosquittoha.manifests.values.BalancedNetworkPolicies;
import io.mosquittoha.manifests.values.BalancedTls;
import io.mosquittoha.manifests.values.Certificates;
import io.mosquittoha.manifests.values.FixedBrokers;
import io.mosquittoha.manifests.values.HaProxy;
import io.mosquittoha.manifests.values.Inline;
import io.mosquittoha.manifests.values.Listeners;
import io.mosquittoha.manifests.values.Monitoring;
import io.mosquittoha.manifests.values.Names;
import io.mosquittoha.manifests.values.Surroundings;
import io.mosquittoha.manifests.values.Value;
import java.util.List;
import java.util.Map;

/** Several brokers of which one serves, behind HAProxy, which follows it. */
public record HighAvailability(
    @Inline Names names,
    @Value("The brokers") FixedBrokers broker,
    @Value("TLS for clients") BalancedTls tls,
    @Value("The proxy that knows which broker serves") HaProxy haproxy,
    @Value("Who may talk to whom") BalancedNetworkPolicies networkPolicy,
    @Inline Surroundings surroundings,
    @Value("How Prometheus finds HAProxy's metrics") Monitoring monitoring)
    implements Variant {

  public HighAvailability {
    Contradictions.refuse(
        List.of(names, surroundings),
        Map.of(
            "broker",
            broker,
            "tls",
            tls,
            "haproxy",
            haproxy,
            "networkPolicy",
            networkPolicy,
            "monitoring",
            monitoring),
        Contradictions.of(names, surroundings, broker.broker().listeners(), tls.certificates()));
  }

  public static HighAvailability defaults() {
    return new HighAvailability(
        Names.defaults(),
        FixedBrokers.defaults(),
        BalancedTls.defaults(),
        HaProxy.defaults(),
        BalancedNetworkPolicies.defaults(),
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
        new FixedBrokers(replicas, broker.broker(), broker.placement()),
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
        new BalancedTls(mode, certificates),
        haproxy,
        networkPolicy,
        surroundings,
        monitoring);
  }
}
