package io.mosquittoha.manifests;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import java.util.TreeMap;

/** A rendering without what is different each time: passwords, keys, and sums over them. */
final class Normalised {

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  private Normalised() {}

  static String yaml(Rendering rendering) {
    var yaml = new StringBuilder();
    for (var object : rendering.objects()) {
      yaml.append("---\n").append(Yaml.write(normalised(object)));
    }
    return yaml.toString();
  }

  private static Object normalised(HasMetadata object) {
    var document = new TreeMap<>(Yaml.read(SERIALIZATION.asYaml(object)));
    if (object instanceof Secret && document.get("data") instanceof Map<?, ?> data) {
      var hidden = new TreeMap<String, String>();
      data.keySet().forEach(key -> hidden.put(String.valueOf(key), "(generated)"));
      document.put("data", hidden);
    }
    return withoutSums(document);
  }

  private static Object withoutSums(Object value) {
    if (value instanceof java.util.List<?> list) {
      return list.stream().map(Normalised::withoutSums).toList();
    }
    if (!(value instanceof Map<?, ?> map)) {
      return value;
    }
    var copy = new java.util.LinkedHashMap<String, Object>();
    map.forEach((key, each) -> {
      var name = String.valueOf(key);
      var generated = name.startsWith("checksum/") || name.equals("mosquitto-ha.io/renew-after");
      copy.put(name, generated ? "(generated)" : withoutSums(each));
    });
    return copy;
  }
}
