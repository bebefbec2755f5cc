package io.mosquittoha.manifests.schema;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Kubernetes types, read so that nothing goes unnoticed. The types keep what they do not know as
 * additional properties: any that are left are typing errors.
 */
public final class Strict {

  private static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private Strict() {}

  /** What reading gave. */
  public sealed interface Read<T> {}

  /** An object, perhaps with unknown fields. */
  public record Fits<T>(T object) implements Read<T> {}

  /** Not such an object at all. */
  public record Misfit<T>(String reason) implements Read<T> {}

  static <T extends KubernetesResource> Read<T> read(Class<T> type, Map<?, ?> value) {
    try {
      return new Fits<>(MAPPER.convertValue(value, type));
    } catch (IllegalArgumentException e) {
      return new Misfit<>(String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable"));
    }
  }

  /** Paths of all fields below an object that its type does not know. */
  public static List<String> unknownFields(Object object) {
    var found = new ArrayList<String>();
    UnknownFields.collect(object, "", found);
    return found;
  }
}
