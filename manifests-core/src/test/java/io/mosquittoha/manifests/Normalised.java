package io.mosquittoha.manifests;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A rendering without what is different each time: passwords, keys, and sums over them. */
final class Normalised {

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  private Normalised() {}

  static String yaml(Rendering rendering) {
    return String.join("", documents(rendering).values());
  }

  /** What is different from another rendering: whole objects, and the names of all others. */
  static String differences(Rendering rendering, Rendering from) {
    var mine = documents(rendering);
    var theirs = documents(from);
    var same = new ArrayList<String>();
    var changed = new StringBuilder();
    mine.forEach((name, document) -> {
      if (document.equals(theirs.get(name))) {
        same.add(name);
      } else {
        changed.append(document);
      }
    });
    var gone = theirs.keySet().stream().filter(name -> !mine.containsKey(name)).toList();
    return comment("As with the defaults", same) + comment("Not there", gone) + changed;
  }

  private static String comment(String title, List<String> names) {
    var lines = new StringBuilder();
    if (!names.isEmpty()) {
      lines.append("# ").append(title).append(":\n");
      names.forEach(name -> lines.append("#   ").append(name).append("\n"));
    }
    return lines.toString();
  }

  private static Map<String, String> documents(Rendering rendering) {
    var documents = new LinkedHashMap<String, String>();
    for (var object : rendering.objects()) {
      documents.put(Rendering.describe(object), "---\n" + Yaml.write(normalised(object)));
    }
    return documents;
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
    if (value instanceof List<?> list) {
      return list.stream().map(Normalised::withoutSums).toList();
    }
    if (!(value instanceof Map<?, ?> map)) {
      return value;
    }
    var copy = new LinkedHashMap<String, Object>();
    map.forEach((key, each) -> {
      var name = String.valueOf(key);
      var generated = name.startsWith("checksum/") || name.equals("mosquitto-ha.io/renew-after");
      copy.put(name, generated ? "(generated)" : withoutSums(each));
    });
    return copy;
  }
}
