package io.mosquittoha.manifests.values;

import java.util.Map;

/** The Service that gives each broker its name. */
public record HeadlessService(
    @Value("Annotations of the headless Service") Map<String, String> annotations) {

  public HeadlessService {
    annotations = Frozen.map(annotations);
  }
}
