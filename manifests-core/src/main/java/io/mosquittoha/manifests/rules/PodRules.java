package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Probe;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Pods run well. */
final class PodRules {

  static final Rule PROBES =
      new Rule(
          "brokers and HAProxy have startup, liveness and readiness probes",
          "a broker that hangs would keep its clients for ever",
          Breaches.perWorkload((workload, breaches) -> {
            if (!workload.isLongRunning()) {
              return;
            }
            var main = workload.mainContainer();
            if (main.isEmpty()) {
              breaches.add(workload.owner(), "has no container named after its component");
              return;
            }
            var container = main.get();
            breaches.addIf(
                container.getStartupProbe() == null, workload.owner(), "no startup probe");
            breaches.addIf(
                container.getLivenessProbe() == null, workload.owner(), "no liveness probe");
            breaches.addIf(
                container.getReadinessProbe() == null, workload.owner(), "no readiness probe");
          }));

  static final Rule PROBES_ASK_BY_HTTP =
      new Rule(
          "probes ask by HTTP, at a port that the container has",
          "a bare connection fills the broker's log, and does not notice that it hangs",
          Breaches.perWorkload((workload, breaches) -> {
            for (var container : workload.mainContainer().stream().toList()) {
              byHttp(workload, container, container.getStartupProbe(), breaches);
              byHttp(workload, container, container.getLivenessProbe(), breaches);
              byHttp(workload, container, container.getReadinessProbe(), breaches);
            }
          }));

  static final Rule RESOURCES =
      new Rule(
          "brokers and HAProxy request CPU and memory, and have a limit of memory",
          "without a request the scheduler and the autoscaler guess; without a limit one pod takes"
              + " the node with it",
          Breaches.perWorkload((workload, breaches) -> {
            for (var container : workload.mainContainer().stream().toList()) {
              var resources = container.getResources();
              Map<?, ?> requests = resources == null ? Map.of() : resources.getRequests();
              Map<?, ?> limits = resources == null ? Map.of() : resources.getLimits();
              for (var wanted : List.of("cpu", "memory")) {
                breaches.addIf(
                    !requests.containsKey(wanted), workload.owner(), "requests no " + wanted);
              }
              breaches.addIf(
                  !limits.containsKey("memory"), workload.owner(), "has no limit of memory");
            }
          }));

  static final Rule IMAGES =
      new Rule(
          "every image names its registry, and a tag other than latest or a digest",
          "`latest` is another program tomorrow, and a missing registry means another one on each"
              + " node",
          Breaches.perWorkload((workload, breaches) -> {
            for (var container : workload.allContainers()) {
              var image = container.getImage() == null ? "" : container.getImage();
              breaches.addIf(
                  !image.matches("[^/]*[.:][^/]*/.+|localhost/.+"),
                  workload.owner(),
                  "image \"" + image + "\" names no registry");
              breaches.addIf(
                  !image.matches(".*[^/:](:[^/:]+|@sha256:[0-9a-f]{64})")
                      || image.endsWith(":latest"),
                  workload.owner(),
                  "image \"" + image + "\" is not one certain image");
            }
          }));

  static final Rule PULL_POLICY =
      new Rule(
          "every image has a pull policy",
          "what Kubernetes assumes depends on the tag",
          Breaches.perWorkload((workload, breaches) -> {
            for (var container : workload.mainContainer().stream().toList()) {
              breaches.addIf(
                  container.getImagePullPolicy() == null,
                  workload.owner(),
                  "container " + container.getName() + " has no pull policy");
            }
          }));

  static final List<Rule> ALL = List.of(PROBES, PROBES_ASK_BY_HTTP, RESOURCES, IMAGES, PULL_POLICY);

  private PodRules() {}

  private static void byHttp(
      Workload workload, Container container, @Nullable Probe probe, Breaches breaches) {
    if (probe == null) {
      return;
    }
    if (probe.getHttpGet() == null) {
      breaches.add(workload.owner(), "a probe of " + container.getName() + " is not HTTP");
      return;
    }
    var port = probe.getHttpGet().getPort();
    var known =
        port.getStrVal() == null
            ? workload.hasPort(port.getIntVal())
            : workload.hasPort(port.getStrVal());
    breaches.addIf(
        !known,
        workload.owner(),
        "a probe asks at port " + port.getValue() + ", which is not there");
  }
}
