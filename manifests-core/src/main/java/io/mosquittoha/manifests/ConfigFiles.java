package io.mosquittoha.manifests;

import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.Optional;

/**
 * The files of a rendering that other programs read.
 *
 * @param mosquitto {@code mosquitto.conf}
 * @param accounts {@code accounts.json}, the accounts that every broker has
 * @param haproxy {@code haproxy.cfg}, where there is HAProxy
 */
public record ConfigFiles(String mosquitto, String accounts, Optional<String> haproxy) {

  /**
   * @throws RenderingException when a broker's file is missing
   */
  public static ConfigFiles of(Rendering rendering) {
    return new ConfigFiles(
        needed(rendering, "mosquitto.conf"),
        needed(rendering, "accounts.json"),
        find(rendering, "haproxy.cfg"));
  }

  private static String needed(Rendering rendering, String name) {
    return find(rendering, name)
        .orElseThrow(() -> new RenderingException("no ConfigMap has the key " + name));
  }

  private static Optional<String> find(Rendering rendering, String name) {
    return rendering.all(ConfigMap.class).stream()
        .filter(map -> map.getData() != null && map.getData().containsKey(name))
        .map(map -> map.getData().get(name))
        .findFirst();
  }
}
