package io.mosquittoha.manifests.values;

import java.util.List;

/** What an umbrella chart sets for all its charts at once. */
public record Global(
    @Value(
            value = "Registry that replaces the registry of every image",
            pattern = Patterns.REGISTRY,
            example = "registry.example.com:5000")
        String imageRegistry,
    @Value("Secrets with the registry's credentials, for every pod")
        List<SecretName> imagePullSecrets) {

  public Global {
    imagePullSecrets = Frozen.list(imagePullSecrets);
  }

  /** A Secret in the namespace of the release. */
  public record SecretName(
      @Value(
              value = "Name of the Secret",
              pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
              example = "registry-credentials")
          String name) {}

  static Global defaults() {
    return new Global("", List.of());
  }
}
