package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.mosquittoha.manifests.Rendering;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whoever looks for a broker finds it. */
final class ServiceRules {

  private static final int LOWEST_NODE_PORT = 30000;
  private static final int HIGHEST_NODE_PORT = 32767;

  static final Rule HEADLESS_IDENTITY =
      new Rule(
          "a StatefulSet's serviceName is a headless Service that selects its pods and lists only"
              + " ready ones, or all where they get ready by finding each other",
          "BROKER-N.HEADLESS.NAMESPACE.svc.DOMAIN would not resolve, or lead to a broker that does"
              + " not serve; or none could catch up with the others",
          Breaches.overall((rendering, breaches) -> {
            for (var set : rendering.all(StatefulSet.class)) {
              var named = set.getSpec().getServiceName();
              var service =
                  rendering.all(Service.class).stream()
                      .filter(each -> each.getMetadata().getName().equals(named))
                      .findAny();
              if (service.isEmpty()) {
                breaches.add(set, "serviceName " + named + " is no Service here");
                continue;
              }
              breaches.addIf(
                  !"None".equals(service.get().getSpec().getClusterIP()),
                  service.get(),
                  "is not headless");
              var peers = Workload.of(set).filter(workload -> workload.hasPort("peer")).isPresent();
              var all = Boolean.TRUE.equals(service.get().getSpec().getPublishNotReadyAddresses());
              breaches.addIf(all && !peers, service.get(), "lists brokers that are not ready");
              breaches.addIf(
                  peers && !all, service.get(), "hides brokers that want to become ready");
              breaches.addIf(
                  LabelRules.selected(rendering, service.get())
                      .filter(workload -> workload.owner() == set)
                      .isEmpty(),
                  service.get(),
                  "does not select the pods of " + Rendering.describe(set));
            }
          }));

  static final Rule PORTS_LEAD_SOMEWHERE =
      new Rule(
          "every port of a Service leads to a port of the pods that it selects",
          "clients would be refused although everything is up",
          Breaches.overall((rendering, breaches) -> {
            for (var service : rendering.all(Service.class)) {
              var workload = LabelRules.selected(rendering, service);
              if (workload.isEmpty()) {
                continue; // Another rule's business.
              }
              for (var port : service.getSpec().getPorts()) {
                var target =
                    Optional.ofNullable(port.getTargetPort())
                        .orElse(new IntOrString(port.getPort()));
                breaches.addIf(
                    !leadsTo(workload.get(), target),
                    service,
                    "port "
                        + port.getName()
                        + " leads to "
                        + target.getValue()
                        + ", which "
                        + workload.get().name()
                        + " does not have");
              }
            }
          }));

  static final Rule NETWORK_POLICY_PORTS_EXIST =
      new Rule(
          "every named port that a NetworkPolicy lets in is a port of the pods that it protects",
          "a rule for a port that does not exist lets nobody in",
          Breaches.overall((rendering, breaches) -> {
            for (var policy : rendering.all(NetworkPolicy.class)) {
              var workload = LabelRules.selected(rendering, policy);
              if (workload.isEmpty()) {
                continue;
              }
              policy.getSpec().getIngress().stream()
                  .flatMap(ingress -> ingress.getPorts().stream())
                  .map(NetworkPolicyPort::getPort)
                  .filter(port -> port != null && port.getStrVal() != null)
                  .filter(port -> !workload.get().hasPort(port.getStrVal()))
                  .forEach(port ->
                      breaches.add(
                          policy,
                          "lets "
                              + port.getStrVal()
                              + " in, which "
                              + workload.get().name()
                              + " does not have"));
            }
          }));

  static final Rule NODE_PORTS =
      new Rule(
          "node ports are between 30000 and 32767, each once, and only where the type has them",
          "the API server refuses others, or ignores them",
          Breaches.overall((rendering, breaches) -> {
            var taken = new HashSet<Integer>();
            for (var service : rendering.all(Service.class)) {
              for (var port : service.getSpec().getPorts()) {
                var number = port.getNodePort();
                if (number == null) {
                  continue;
                }
                breaches.addIf(
                    number < LOWEST_NODE_PORT || number > HIGHEST_NODE_PORT,
                    service,
                    "node port " + number + " is out of range");
                breaches.addIf(!taken.add(number), service, "node port " + number + " is taken");
                breaches.addIf(
                    "ClusterIP".equals(service.getSpec().getType()),
                    service,
                    "a ClusterIP has no node port");
              }
            }
          }));

  static final Rule DNS_NAMES_LINE_UP =
      new Rule(
          "every Service name in a configuration, and every SRV port, is one of this release",
          "HAProxy would look for brokers under a name that does not exist, and say nothing",
          Breaches.overall((rendering, breaches) -> {
            var name =
                Pattern.compile(
                    "(?:_([a-z0-9-]+)\\._tcp\\.)?([a-z0-9-]+)\\."
                        + Pattern.quote(rendering.release().namespace())
                        + "\\.svc\\.");
            for (var object : rendering.objects()) {
              var text = Texts.in(object);
              var matcher = name.matcher(text);
              while (matcher.find()) {
                check(rendering, object, matcher.group(1), matcher.group(2), breaches);
              }
            }
          }));

  static final List<Rule> ALL =
      List.of(
          HEADLESS_IDENTITY,
          PORTS_LEAD_SOMEWHERE,
          NETWORK_POLICY_PORTS_EXIST,
          NODE_PORTS,
          DNS_NAMES_LINE_UP);

  private ServiceRules() {}

  private static boolean leadsTo(Workload workload, IntOrString target) {
    return target.getStrVal() == null
        ? workload.hasPort(target.getIntVal())
        : workload.hasPort(target.getStrVal());
  }

  private static void check(
      Rendering rendering,
      HasMetadata object,
      @Nullable String srvPort,
      String serviceName,
      Breaches breaches) {
    var service =
        rendering.all(Service.class).stream()
            .filter(each -> each.getMetadata().getName().equals(serviceName))
            .findAny();
    if (service.isEmpty()) {
      breaches.add(object, "speaks of Service " + serviceName + ", which is not there");
      return;
    }
    breaches.addIf(
        srvPort != null
            && service.get().getSpec().getPorts().stream()
                .noneMatch(port -> srvPort.equals(port.getName())),
        object,
        "looks for port " + srvPort + " of Service " + serviceName + ", which is not there");
  }
}
