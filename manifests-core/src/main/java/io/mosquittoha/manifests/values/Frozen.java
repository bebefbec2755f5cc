package io.mosquittoha.manifests.values;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies that nobody can change and that keep their order, which {@code Map.copyOf} does not. */
final class Frozen {

  private Frozen() {}

  static <V> Map<String, V> map(Map<String, V> map) {
    var copy = new LinkedHashMap<String, V>();
    map.forEach((key, value) -> copy.put(key, frozen(value)));
    return Collections.unmodifiableMap(copy);
  }

  static <V> List<V> list(List<V> list) {
    var copy = new ArrayList<V>(list.size());
    list.forEach(element -> copy.add(frozen(element)));
    return Collections.unmodifiableList(copy);
  }

  @SuppressWarnings("unchecked") // A frozen copy has the type of what it copies.
  private static <V> V frozen(V value) {
    return switch (value) {
      case Map<?, ?> map -> (V) map((Map<String, Object>) map);
      case List<?> list -> (V) list((List<Object>) list);
      default -> value;
    };
  }
}
