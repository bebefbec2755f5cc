package io.mosquittoha.manifests;

import io.mosquittoha.manifests.values.BalancedTls;
import io.mosquittoha.manifests.values.Certificates;
import io.mosquittoha.manifests.values.HaProxy;
import io.mosquittoha.manifests.values.Inline;
import io.mosquittoha.manifests.values.Listeners;
import io.mosquittoha.manifests.values.MonitoredNetworkPolicies;
import io.mosquittoha.manifests.values.Monitoring;
import io.mosquittoha.manifests.values.Names;
import io.mosquittoha.manifests.values.ScaledBrokers;
import io.mosquittoha.manifests.values.Scaling;
import io.mosquittoha.manifests.values.Surroundings;
import io.mosquittoha.manifests.values.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Brokers on demand, all of which serve; HAProxy keeps a client id on its broker. */
public record Autoscaling(
    @Inline Names names,
    @Value("The brokers") ScaledBrokers broker,
    @Value("How many brokers, and why") Scaling autoscaling,
    @Value("TLS for clients") BalancedTls tls,
    @Value("The proxy that spreads clients over brokers") HaProxy haproxy,
    @Value("Who may talk to whom") MonitoredNetworkPolicies networkPolicy,
    @Inline Surroundings surroundings,
    @Value("How Prometheus finds HAProxy's metrics") Monitoring monitoring)
    implements Variant {

  public Autoscaling {
    var contradictions = new ArrayList<>(Contradictions.of(autoscaling, broker.broker()));
    contradictions.addAll(
        Contradictions.of(names, surroundings, broker.broker().listeners(), tls.certificates()));
    Contradictions.refuse(
        List.of(names, surroundings),
        Map.of(
            "broker",
            broker,
            "autoscaling",
            autoscaling,
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

  public static Autoscaling defaults() {
    return new Autoscaling(
        Names.defaults(),
        ScaledBrokers.defaults(),
        Scaling.defaults(),
        BalancedTls.defaults(),
        HaProxy.ofEqualBrokers(),
        MonitoredNetworkPolicies.defaults(),
        Surroundings.defaults(),
        Monitoring.defaults());
  }

  @Override
  public Chart chart() {
    return Chart.AUTOSCALING;
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
  public Autoscaling with(Map<String, ?> values) {
    return (Autoscaling) Variant.super.with(values);
  }

  @Override
  public Autoscaling with(String path, Object value) {
    return (Autoscaling) Variant.super.with(path, value);
  }

  /** The same with other limits to the number of brokers. */
  public Autoscaling withBrokers(int fewest, int most) {
    return new Autoscaling(
        names,
        broker,
        new Scaling(
            fewest,
            most,
            autoscaling.targetCPUUtilizationPercentage(),
            autoscaling.metrics(),
            autoscaling.behavior()),
        tls,
        haproxy,
        networkPolicy,
        surroundings,
        monitoring);
  }

  /** The same with other TLS. */
  public Autoscaling withTls(BalancedTls.Mode mode, Certificates certificates) {
    return new Autoscaling(
        names,
        broker,
        autoscaling,
        new BalancedTls(mode, certificates),
        haproxy,
        networkPolicy,
        surroundings,
        monitoring);
  }
}
