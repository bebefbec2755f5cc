package io.mosquittoha.manifests;

import io.mosquittoha.manifests.schema.Constraints;
import io.mosquittoha.manifests.values.Agent;
import io.mosquittoha.manifests.values.Broker;
import io.mosquittoha.manifests.values.Certificates;
import io.mosquittoha.manifests.values.ClientService;
import io.mosquittoha.manifests.values.InvalidVariantException;
import io.mosquittoha.manifests.values.Listeners;
import io.mosquittoha.manifests.values.ManagementCenter;
import io.mosquittoha.manifests.values.Names;
import io.mosquittoha.manifests.values.Replication;
import io.mosquittoha.manifests.values.Scaling;
import io.mosquittoha.manifests.values.Security;
import io.mosquittoha.manifests.values.Surroundings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Values that are right one by one and wrong together. */
final class Contradictions {

  /** What an agent needs of its heap to run at all, and for clients on their way. */
  private static final long BESIDES = 64L << 20;

  private final List<String> found = new ArrayList<>();

  private Contradictions() {}

  /** The last act of every variant's constructor: nothing that cannot run comes into being. */
  static void refuse(
      List<Record> inlined, Map<String, Record> blocks, List<String> contradictions) {
    var problems = new ArrayList<String>();
    inlined.forEach(block -> problems.addAll(Constraints.broken("", block)));
    new TreeMap<>(blocks)
        .forEach((path, block) -> problems.addAll(Constraints.broken(path, block)));
    problems.addAll(contradictions);
    if (!problems.isEmpty()) {
      throw new InvalidVariantException(problems);
    }
  }

  static List<String> of(Names names, Surroundings around, Listeners listeners, Certificates tls) {
    var contradictions = new Contradictions();
    contradictions.sources(tls);
    contradictions.listeners(listeners);
    contradictions.route(names, around, listeners, tls);
    contradictions.accounts(around.security(), around.managementCenter());
    contradictions.service(around.service(), listeners, tls);
    if (around.managementCenter().enabled()) {
      contradictions.center(names, around.managementCenter());
      contradictions.nodePorts(around, listeners, tls);
    }
    return contradictions.found;
  }

  static List<String> of(Scaling scaling, Broker broker) {
    var contradictions = new Contradictions();
    if (scaling.minBrokers() > scaling.maxBrokers()) {
      contradictions.found.add(
          "autoscaling.maxBrokers: is "
              + scaling.maxBrokers()
              + " but must not be below autoscaling.minBrokers, "
              + scaling.minBrokers());
    }
    if (!broker.resources().requests().containsKey("cpu")) {
      contradictions.found.add(
          "broker.resources.requests.cpu: is missing, and"
              + " autoscaling.targetCPUUtilizationPercentage is measured against it");
    }
    return contradictions.found;
  }

  static List<String> of(Agent agent) {
    var contradictions = new Contradictions();
    contradictions.shorter(
        "agent.brokerPing", agent.brokerPing(), "agent.brokerHangAfter", agent.brokerHangAfter());
    contradictions.fits(agent, Optional.empty());
    return contradictions.found;
  }

  static List<String> of(Replication replication, Agent agent, int replicas) {
    var contradictions = new Contradictions();
    contradictions.shorter(
        "agent.brokerPing", agent.brokerPing(), "agent.brokerHangAfter", agent.brokerHangAfter());
    contradictions.fits(agent, Optional.of(replication));
    if (Times.areTimes(replication.heartbeat(), replication.lease())
        && Times.millis(replication.heartbeat()) * 2 > Times.millis(replication.lease())) {
      contradictions.found.add(
          "replication.heartbeat: is "
              + replication.heartbeat()
              + " but must be at most half of replication.lease, "
              + replication.lease());
    }
    contradictions.shorter(
        "replication.lease", replication.lease(), "replication.takeover", replication.takeover());
    if (replication.minInSync() > replicas) {
      contradictions.found.add(
          "replication.minInSync: is "
              + replication.minInSync()
              + " but must not be above broker.replicas, "
              + replicas);
    }
    contradictions.sources(replication.tls());
    return contradictions.found;
  }

  private void sources(Replication.PeerTls tls) {
    var manager = tls.certManager();
    if (manager.enabled() && !tls.existingSecret().isEmpty()) {
      found.add(
          "replication.tls: has two certificates; set only one of replication.tls.existingSecret"
              + " and replication.tls.certManager.enabled");
    }
    if (manager.enabled() && manager.issuerRef().name().isEmpty()) {
      found.add(
          "replication.tls.certManager.issuerRef.name: is empty; name the Issuer that issues");
    }
  }

  /** What the agent may have to remember must have room beside itself. */
  private void fits(Agent agent, Optional<Replication> replication) {
    var lag = replication.map(Replication::lagLimit).orElse("0KiB");
    if (!Sizes.areSizes(agent.heap(), agent.stateLimit(), agent.logLimit(), lag)) {
      return; // Each is refused by its own pattern.
    }
    // Changes are kept for a follower that copies the state, until it has it: up to so many times.
    var logs = replication.isPresent() ? 4 : 1;
    var needed =
        Sizes.bytes(agent.stateLimit())
            + logs * Sizes.bytes(agent.logLimit())
            + Sizes.bytes(lag)
            + BESIDES;
    if (Sizes.bytes(agent.heap()) < needed) {
      found.add(
          "agent.heap: is "
              + agent.heap()
              + " but must hold agent.stateLimit, "
              + (replication.isPresent()
                  ? "four times agent.logLimit, replication.lagLimit"
                  : "agent.logLimit")
              + " and 64 MiB besides: at least "
              + Sizes.mebibytes(needed)
              + "m");
    }
  }

  private void shorter(String path, String time, String longerPath, String longer) {
    if (!Times.areTimes(time, longer)) {
      return; // Each is refused by its own pattern.
    }
    if (Times.millis(time) >= Times.millis(longer)) {
      found.add(path + ": is " + time + " but must be shorter than " + longerPath + ", " + longer);
    }
  }

  private void sources(Certificates tls) {
    var sources =
        Stream.of(
                !tls.existingSecret().isEmpty(),
                tls.certManager().enabled(),
                tls.selfSigned().enabled())
            .filter(given -> given)
            .count();
    var choices = "tls.existingSecret, tls.certManager.enabled or tls.selfSigned.enabled";
    if (tls.enabled() && sources == 0) {
      found.add("tls.enabled: needs a certificate; set one of " + choices);
    }
    if (tls.enabled() && sources > 1) {
      found.add("tls.enabled: has several certificates; set only one of " + choices);
    }
    if (tls.enabled()
        && tls.certManager().enabled()
        && tls.certManager().issuerRef().name().isEmpty()) {
      found.add("tls.certManager.issuerRef.name: is empty; name the Issuer that issues");
    }
    if (!tls.enabled() && sources > 0) {
      found.add(
          "tls.enabled: is false, but a certificate is named; enable TLS or leave out " + choices);
    }
    if (tls.clientCertificates().required() && !tls.enabled()) {
      found.add("tls.clientCertificates.required: needs tls.enabled");
    }
  }

  private void listeners(Listeners listeners) {
    if (!listeners.mqtt().enabled() && !listeners.websockets().enabled()) {
      found.add(
          "broker.listeners: leaves no way to connect; enable broker.listeners.mqtt or"
              + " broker.listeners.websockets");
    }
  }

  private void route(Names names, Surroundings around, Listeners listeners, Certificates tls) {
    if (!around.route().enabled()) {
      return;
    }
    if (!names.openshift().enabled()) {
      found.add("route.enabled: needs openshift.enabled");
    }
    if (!tls.enabled()) {
      found.add("route.enabled: needs tls.enabled, for a Route tells MQTT by the TLS name");
    }
    if (!listeners.mqtt().enabled()) {
      found.add("route.enabled: needs broker.listeners.mqtt.enabled");
    }
  }

  private void accounts(Security security, ManagementCenter center) {
    var seen = new HashSet<String>();
    for (var account : security.accounts()) {
      if (account.username().equals("admin")) {
        found.add("security.accounts: names admin, who is always there; leave it out");
      }
      if (center.enabled() && account.username().equals("management-center")) {
        found.add(
            "security.accounts: names management-center, which is there while"
                + " managementCenter.enabled is true; leave it out");
      }
      if (!seen.add(account.username())) {
        found.add("security.accounts: has \"" + account.username() + "\" twice");
      }
    }
  }

  private void center(Names names, ManagementCenter center) {
    var path = "managementCenter.";
    var tls = center.tls();
    var sources =
        Stream.of(
                !tls.existingSecret().isEmpty(),
                tls.certManager().enabled(),
                tls.selfSigned().enabled())
            .filter(given -> given)
            .count();
    if (tls.enabled() && sources != 1) {
      found.add(
          path
              + "tls.enabled: needs one certificate, but has "
              + sources
              + "; set one of existingSecret, certManager.enabled and selfSigned.enabled beside"
              + " it");
    }
    if (!tls.enabled() && sources > 0) {
      found.add(
          path + "tls.enabled: is false, but a certificate is named; enable TLS or remove it");
    }
    if (tls.certManager().enabled() && tls.certManager().issuerRef().name().isEmpty()) {
      found.add(path + "tls.certManager.issuerRef.name: is empty; name the Issuer that issues");
    }
    if (center.route().enabled() && !names.openshift().enabled()) {
      found.add(path + "route.enabled: needs openshift.enabled");
    }
    if (center.ingress().enabled()
        && !center.ingress().tlsSecret().isEmpty()
        && center.ingress().host().isEmpty()) {
      found.add(
          path + "ingress.host: is empty, but the certificate of ingress.tlsSecret needs one");
    }
    if (center.service().type() != ClientService.Type.LOAD_BALANCER
        && !center.service().loadBalancerSourceRanges().isEmpty()) {
      found.add(
          path
              + "service.loadBalancerSourceRanges: needs managementCenter.service.type"
              + " LoadBalancer; otherwise use networkPolicy.managementCenter");
    }
    openId(center);
  }

  private void openId(ManagementCenter center) {
    var openId = center.oidc();
    var path = "managementCenter.oidc.";
    if (openId.issuer().isEmpty()) {
      if (!openId.clientId().isEmpty() || !openId.existingSecret().isEmpty()) {
        found.add(path + "issuer: is empty, but the rest of single sign-on is set; name it");
      }
      return;
    }
    if (openId.clientId().isEmpty()) {
      found.add(path + "clientId: is empty; say what the provider knows the management center as");
    }
    if (openId.existingSecret().isEmpty()) {
      found.add(path + "existingSecret: is empty; name a Secret with the key client-secret");
    }
    if (openId.admins().isEmpty() && openId.editors().isEmpty() && openId.viewers().isEmpty()) {
      found.add(path + "admins: and editors and viewers are empty, so nobody would be let in");
    }
    var known =
        !center.publicUrl().isEmpty()
            || center.ingress().enabled() && !center.ingress().host().isEmpty()
            || center.route().enabled() && !center.route().host().isEmpty();
    if (!known) {
      found.add(
          "managementCenter.publicUrl: is empty, but single sign-on has to send browsers back to"
              + " it");
    }
  }

  private void nodePorts(Surroundings around, Listeners listeners, Certificates tls) {
    var center = around.managementCenter().service();
    var clients = around.service();
    if (center.type() != ClientService.Type.NODE_PORT
        || clients.type() != ClientService.Type.NODE_PORT) {
      return;
    }
    var ports = clients.nodePorts();
    var taken = open(listeners, tls, ports.mqtt(), ports.mqtts(), ports.websockets(), ports.wss());
    if (center.nodePort().isPresent() && taken.contains(center.nodePort())) {
      found.add(
          "managementCenter.service.nodePort: is "
              + center.nodePort().getAsInt()
              + ", as is one of service.nodePorts; each needs its own");
    }
  }

  private void service(ClientService service, Listeners listeners, Certificates tls) {
    var ports = service.ports();
    unique(
        "service.ports",
        open(
            listeners,
            tls,
            OptionalInt.of(ports.mqtt()),
            OptionalInt.of(ports.mqtts()),
            OptionalInt.of(ports.websockets()),
            OptionalInt.of(ports.wss())));
    if (service.type() == ClientService.Type.NODE_PORT) {
      var nodePorts = service.nodePorts();
      unique(
          "service.nodePorts",
          open(
              listeners,
              tls,
              nodePorts.mqtt(),
              nodePorts.mqtts(),
              nodePorts.websockets(),
              nodePorts.wss()));
    }
    if (service.type() != ClientService.Type.LOAD_BALANCER) {
      if (!service.loadBalancerSourceRanges().isEmpty()) {
        found.add(
            "service.loadBalancerSourceRanges: needs service.type LoadBalancer; otherwise use"
                + " networkPolicy.clients");
      }
      if (!service.loadBalancerClass().isEmpty()) {
        found.add("service.loadBalancerClass: needs service.type LoadBalancer");
      }
    }
    families(service);
  }

  private void unique(String path, List<OptionalInt> ports) {
    var chosen = ports.stream().filter(OptionalInt::isPresent).toList();
    if (chosen.stream().distinct().count() < chosen.size()) {
      found.add(path + ": two listeners cannot share a port");
    }
  }

  /** The ports of those listeners that are open. */
  private static List<OptionalInt> open(
      Listeners listeners,
      Certificates tls,
      OptionalInt mqtt,
      OptionalInt mqtts,
      OptionalInt websockets,
      OptionalInt wss) {
    var plain = !tls.enabled() || tls.plainListener();
    var none = OptionalInt.empty();
    return List.of(
        listeners.mqtt().enabled() && plain ? mqtt : none,
        listeners.mqtt().enabled() && tls.enabled() ? mqtts : none,
        listeners.websockets().enabled() && plain ? websockets : none,
        listeners.websockets().enabled() && tls.enabled() ? wss : none);
  }

  private void families(ClientService service) {
    if (service.ipFamilies().size() > 2
        || service.ipFamilies().stream().distinct().count() < service.ipFamilies().size()) {
      found.add("service.ipFamilies: name each family once");
    }
    if (service.ipFamilies().size() > 1
        && service.ipFamilyPolicy() != ClientService.FamilyPolicy.PREFER_DUAL_STACK
        && service.ipFamilyPolicy() != ClientService.FamilyPolicy.REQUIRE_DUAL_STACK) {
      found.add("service.ipFamilyPolicy: two families need PreferDualStack or RequireDualStack");
    }
  }
}
