package io.mosquittoha.manifests.values;

import java.util.Map;

/** The identity of the pods. They never get a token. */
public record ServiceAccountSettings(
    @Value("Make a ServiceAccount") boolean create,
    @Value(
            value = "Its name; empty: the release's, or `default` where none is made",
            pattern = Patterns.NAME,
            example = "mqtt")
        String name,
    @Value("Annotations of the ServiceAccount") Map<String, String> annotations) {

  public ServiceAccountSettings {
    annotations = Frozen.map(annotations);
  }
}
