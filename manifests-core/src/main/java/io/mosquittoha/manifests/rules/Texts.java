package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What programs read: configuration files, commands and arguments. */
final class Texts {

  private Texts() {}

  static String in(HasMetadata object) {
    if (object instanceof ConfigMap map) {
      return map.getData() == null ? "" : String.join("\n", map.getData().values());
    }
    return Workload.of(object).stream()
        .flatMap(workload -> workload.allContainers().stream())
        .flatMap(container ->
            Stream.concat(container.getCommand().stream(), container.getArgs().stream()))
        .collect(Collectors.joining("\n"));
  }
}
