package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;

/** The proxy that knows which broker serves. */
public record HaProxy(
    @Value("Image of HAProxy") Image image,
    @Value(value = "HAProxy pods", minimum = 1, maximum = 20) int replicas,
    @Value("Resources of HAProxy") Resources resources,
    @Value(value = "Clients per HAProxy pod", minimum = 10, maximum = 1000000) int maxConnections,
    @Value("How long HAProxy waits") Timeouts timeouts,
    @Value("How HAProxy asks brokers whether they serve") Check check,
    @Value("Lines that are appended to `global` as they are") String extraGlobal,
    @Value("Lines that are appended to `defaults` as they are") String extraDefaults,
    @Value("Sections that are appended to `haproxy.cfg` as they are") String extraConfig,
    @Inline Placement placement,
    @Value(value = "Affinity; replaces what the chart would set", fits = Affinity.class)
        Map<String, Object> affinity,
    @Value("Labels that a node must have") Map<String, String> nodeSelector,
    @Value(value = "Taints that the HAProxy pods tolerate", fits = Toleration.class)
        List<Map<String, Object>> tolerations,
    @Value(
            value = "Priority class of the HAProxy pods",
            pattern = Patterns.NAME,
            example = "business-critical")
        String priorityClassName,
    @Value(value = "Seconds that HAProxy has to let go of its clients", minimum = 1, maximum = 3600)
        int terminationGracePeriodSeconds,
    @Value(
            value = "Further labels of the HAProxy pods",
            pattern = Patterns.LABEL_VALUE,
            example = "team-a")
        Map<String, String> podLabels,
    @Value("Further annotations of the HAProxy pods") Map<String, String> podAnnotations,
    @Value(value = "Further environment of the HAProxy container", fits = EnvVar.class)
        List<Map<String, Object>> env,
    @Value(value = "Further volumes of the HAProxy pods", fits = Volume.class)
        List<Map<String, Object>> extraVolumes,
    @Value(value = "Further mounts of the HAProxy container", fits = VolumeMount.class)
        List<Map<String, Object>> extraVolumeMounts,
    @Value(value = "Further containers of the HAProxy pods", fits = Container.class)
        List<Map<String, Object>> extraContainers) {

  public HaProxy {
    affinity = Frozen.map(affinity);
    nodeSelector = Frozen.map(nodeSelector);
    tolerations = Frozen.list(tolerations);
    podLabels = Frozen.map(podLabels);
    podAnnotations = Frozen.map(podAnnotations);
    env = Frozen.list(env);
    extraVolumes = Frozen.list(extraVolumes);
    extraVolumeMounts = Frozen.list(extraVolumeMounts);
    extraContainers = Frozen.list(extraContainers);
  }

  /** Times in HAProxy's own units. */
  public record Timeouts(
      @Value(
              value = "For a broker to accept a connection",
              pattern = Patterns.HAPROXY_TIME,
              example = "100ms")
          String connect,
      @Value(
              value = "For a silent client; MQTT's keep-alive notices a dead one much earlier",
              pattern = Patterns.HAPROXY_TIME,
              example = "24h")
          String client,
      @Value(value = "For a silent broker", pattern = Patterns.HAPROXY_TIME, example = "24h")
          String server,
      @Value(
              value = "For an established connection on which nothing is said",
              pattern = Patterns.HAPROXY_TIME,
              example = "24h")
          String tunnel,
      @Value(
              value = "For a client to say what it wants (TLS handshake, CONNECT)",
              pattern = Patterns.HAPROXY_TIME,
              example = "5s")
          String clientHandshake) {}

  /** Health checks: what decides how soon a failed broker is noticed. */
  public record Check(
      @Value(
              value = "Time between two questions",
              pattern = Patterns.HAPROXY_TIME,
              example = "100ms")
          String interval,
      @Value(
              value = "Time between two questions after a wrong answer, until it is certain",
              pattern = Patterns.HAPROXY_TIME,
              example = "20ms")
          String fastInterval,
      @Value(
              value = "Time to wait for an answer",
              pattern = Patterns.HAPROXY_TIME,
              example = "500ms")
          String timeout,
      @Value(value = "Wrong answers in a row that take a broker out", minimum = 1, maximum = 100)
          int fall,
      @Value(value = "Right answers in a row that take a broker in", minimum = 1, maximum = 100)
          int rise) {}

  /** In front of brokers that all serve: one that is slow for a moment keeps its clients. */
  public static HaProxy ofEqualBrokers() {
    return with(new Check("100ms", "100ms", "500ms", 2, 1));
  }

  /**
   * In front of a leader and its followers. Who does not answer for as long as these times add up
   * to has lost its lease too, so nothing is gained by patience.
   */
  public static HaProxy ofLeader() {
    return with(new Check("100ms", "20ms", "250ms", 2, 1));
  }

  private static HaProxy with(Check check) {
    var requests = Frozen.map(new java.util.TreeMap<>(Map.of("cpu", "50m", "memory", "64Mi")));
    return new HaProxy(
        Image.of("mosquitto-ha/haproxy"),
        2,
        new Resources(requests, Map.of("memory", "256Mi")),
        20_000,
        new Timeouts("100ms", "24h", "24h", "24h", "5s"),
        check,
        "",
        "",
        "",
        Placement.defaults(),
        Map.of(),
        Map.of(),
        List.of(),
        "",
        30,
        Map.of(),
        Map.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }
}
