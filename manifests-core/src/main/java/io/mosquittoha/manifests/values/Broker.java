package io.mosquittoha.manifests.values;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A Mosquitto broker, wherever it runs. */
public record Broker(
    @Value("Image of the broker") Image image,
    @Value("Resources of the broker") Resources resources,
    @Value(
            value = "Priority class of the broker pods",
            pattern = Patterns.NAME,
            example = "business-critical")
        String priorityClassName,
    @Value(
            value = "Seconds that a broker has to hand over, save its state and stop",
            minimum = 1,
            maximum = 3600)
        int terminationGracePeriodSeconds,
    @Value("The volume of each broker") Persistence persistence,
    @Value("Lines that are appended to `mosquitto.conf` as they are") String extraConfig,
    @Value("What clients may speak") Listeners listeners,
    @Value("Until it succeeds, the broker counts as starting") Probe startupProbe,
    @Value("When it fails, the broker is restarted: it hangs") Probe livenessProbe,
    @Value("While it fails, the broker gets no clients") Probe readinessProbe,
    @Value(value = "Affinity; replaces what the chart would set", fits = Affinity.class)
        Map<String, Object> affinity,
    @Value("Labels that a node must have") Map<String, String> nodeSelector,
    @Value(value = "Taints that the broker pods tolerate", fits = Toleration.class)
        List<Map<String, Object>> tolerations,
    @Value(
            value = "Further labels of the StatefulSet",
            pattern = Patterns.LABEL_VALUE,
            example = "team-a")
        Map<String, String> labels,
    @Value("Further annotations of the StatefulSet") Map<String, String> annotations,
    @Value(
            value = "Further labels of the broker pods",
            pattern = Patterns.LABEL_VALUE,
            example = "team-a")
        Map<String, String> podLabels,
    @Value("Further annotations of the broker pods") Map<String, String> podAnnotations,
    @Value(value = "Further environment of the broker container", fits = EnvVar.class)
        List<Map<String, Object>> env,
    @Value(value = "Further volumes of the broker pods", fits = Volume.class)
        List<Map<String, Object>> extraVolumes,
    @Value(value = "Further mounts of the broker container", fits = VolumeMount.class)
        List<Map<String, Object>> extraVolumeMounts,
    @Value(value = "Further containers of the broker pods", fits = Container.class)
        List<Map<String, Object>> extraContainers,
    @Value(value = "Containers that run before the broker", fits = Container.class)
        List<Map<String, Object>> initContainers) {

  public Broker {
    affinity = Frozen.map(affinity);
    nodeSelector = Frozen.map(nodeSelector);
    tolerations = Frozen.list(tolerations);
    labels = Frozen.map(labels);
    annotations = Frozen.map(annotations);
    podLabels = Frozen.map(podLabels);
    podAnnotations = Frozen.map(podAnnotations);
    env = Frozen.list(env);
    extraVolumes = Frozen.list(extraVolumes);
    extraVolumeMounts = Frozen.list(extraVolumeMounts);
    extraContainers = Frozen.list(extraContainers);
    initContainers = Frozen.list(initContainers);
  }

  /** A broker by itself. */
  static Broker alone() {
    return with("128Mi", "512Mi");
  }

  /** A broker with the agent that supervises it and keeps a copy of its state. */
  static Broker withAgent() {
    return with("320Mi", "1536Mi");
  }

  private static Broker with(String memory, String mostMemory) {
    var requests = Frozen.map(new TreeMap<>(Map.of("cpu", "100m", "memory", memory)));
    return new Broker(
        Image.of("mosquitto-ha/broker"),
        new Resources(requests, Map.of("memory", mostMemory)),
        "",
        30,
        Persistence.defaults(),
        "",
        Listeners.defaults(),
        new Probe(true, 1, 2, 60),
        new Probe(true, 10, 3, 3),
        new Probe(true, 1, 2, 2),
        Map.of(),
        Map.of(),
        List.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }
}
