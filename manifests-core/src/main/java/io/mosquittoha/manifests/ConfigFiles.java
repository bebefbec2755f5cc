package io.mosquittoha.manifests;

import io.fabric8.kubernetes.api.model.ConfigMap;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/**
 * The files of a rendering that other programs read.
 *
 * @param mosquitto {@code mosquitto.conf}
 * @param accounts {@code accounts.json}, the accounts that every broker has
 * @param agent {@code agent.properties}, where agents supervise the brokers
 * @param haproxy {@code haproxy.cfg}, where there is HAProxy
 * @param sessions {@code sessions.lua}, which HAProxy loads
 * @param center {@code management-center.properties}, where there is a management center
 */
public record ConfigFiles(
    String mosquitto,
    String accounts,
    Optional<Properties> agent,
    Optional<String> haproxy,
    Optional<String> sessions,
    Optional<Properties> center) {

  /**
   * @throws RenderingException when a broker's file is missing
   */
  public static ConfigFiles of(Rendering rendering) {
    return new ConfigFiles(
        needed(rendering, "mosquitto.conf"),
        needed(rendering, "accounts.json"),
        find(rendering, "agent.properties").map(ConfigFiles::properties),
        find(rendering, "haproxy.cfg"),
        find(rendering, "sessions.lua"),
        find(rendering, "management-center.properties").map(ConfigFiles::properties));
  }

  private static Properties properties(String text) {
    var properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
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
