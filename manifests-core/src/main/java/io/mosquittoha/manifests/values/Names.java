package io.mosquittoha.manifests.values;

import java.util.Map;

/** What everything is called and marked with. */
public record Names(
    @Value(
            value = "Replaces the chart's name in the names of objects",
            pattern = Patterns.SHORT_NAME,
            example = "mqtt")
        String nameOverride,
    @Value(
            value = "Replaces release and chart in the names of objects",
            pattern = Patterns.SHORT_NAME,
            example = "plant-7-mqtt")
        String fullnameOverride,
    @Value(value = "Labels of every object", pattern = Patterns.LABEL_VALUE, example = "plant-7")
        Map<String, String> commonLabels,
    @Value("Annotations of every object") Map<String, String> commonAnnotations,
    @Value(
            value = "DNS domain of the cluster",
            pattern = Patterns.DOMAIN,
            example = "cluster.local")
        String clusterDomain,
    @Value(value = "What an umbrella chart sets for all its charts", open = true) Global global,
    @Value("OpenShift and OKD") OpenShift openshift) {

  public Names {
    commonLabels = Frozen.map(commonLabels);
    commonAnnotations = Frozen.map(commonAnnotations);
  }

  public static Names defaults() {
    return new Names(
        "", "", Map.of(), Map.of(), "cluster.local", Global.defaults(), new OpenShift(false));
  }
}
