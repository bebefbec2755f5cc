package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a broker is: its pod's own name in the headless Service, or what the settings say.
 *
 * @param agentPort 0 if it has none
 */
record Place(String name, String host, int agentPort, int mqttPort) {

  /** By ordinal, and those without one after them. */
  static final Comparator<String> BY_ORDINAL =
      Comparator.<String>comparingInt(Place::ordinal).thenComparing(Comparator.naturalOrder());

  private static final int MOST = 100;

  /** Not resolved: that is left to the moment when it is connected to. */
  InetSocketAddress mqtt() {
    return InetSocketAddress.createUnresolved(host, mqttPort);
  }

  URI agent(String path) {
    return URI.create("http://%s:%d%s".formatted(host, agentPort, path));
  }

  /**
   * All that there should be, by ordinal.
   *
   * @param heardOf names that members told
   */
  static Map<String, Place> all(Settings settings, Collection<String> heardOf) {
    var places = new LinkedHashMap<String, Place>();
    for (var member : settings.members()) {
      places.put(
          member.name(),
          new Place(member.name(), member.host(), member.agentPort(), member.mqttPort()));
    }
    if (!settings.members().isEmpty()) {
      return places;
    }
    var count = Math.max(settings.brokers(), settings.agentPort() == 0 ? count(settings) : 0);
    for (var i = 0; i < Math.min(count, MOST); i++) {
      var name = settings.statefulSet() + "-" + i;
      places.put(name, of(settings, name));
    }
    heardOf.stream()
        .filter(name -> isOurs(settings, name))
        .sorted(BY_ORDINAL)
        .limit(MOST)
        .forEach(name -> places.computeIfAbsent(name, it -> of(settings, it)));
    return places;
  }

  /** Members tell names; only pods of the StatefulSet are asked, whatever they tell. */
  private static boolean isOurs(Settings settings, String name) {
    return ordinal(name) < MOST && name.equals(settings.statefulSet() + "-" + ordinal(name));
  }

  private static Place of(Settings settings, String name) {
    var host = settings.service().isEmpty() ? name : name + "." + settings.service();
    return new Place(name, host, settings.agentPort(), settings.mqttPort());
  }

  /**
   * Where brokers tell each other nothing, DNS says how many there are: pods are numbered from 0.
   */
  private static int count(Settings settings) {
    try {
      return settings.service().isEmpty() ? 0 : InetAddress.getAllByName(settings.service()).length;
    } catch (UnknownHostException e) {
      return 0;
    }
  }

  private static int ordinal(String name) {
    var digits = name.substring(name.lastIndexOf('-') + 1);
    return digits.matches("\\d{1,6}") ? Integer.parseInt(digits) : Integer.MAX_VALUE;
  }

  /** The addresses of the HAProxies' statistics: each pod's own. */
  static List<InetSocketAddress> proxies(Settings settings) {
    var name = settings.proxies();
    if (name.isEmpty()) {
      return List.of();
    }
    try {
      if (name.contains(":")) { // Without Kubernetes: HOST:PORT.
        var colon = name.lastIndexOf(':');
        return List.of(
            new InetSocketAddress(
                InetAddress.getByName(name.substring(0, colon)),
                Integer.parseInt(name.substring(colon + 1))));
      }
      // The Service of that name has no address of its own, so DNS tells those of the pods.
      var service = settings.service();
      var domain = service.contains(".") ? service.substring(service.indexOf('.')) : "";
      return Arrays.stream(InetAddress.getAllByName(name + domain))
          .map(address -> new InetSocketAddress(address, 8404))
          .sorted(Comparator.comparing(InetSocketAddress::toString))
          .limit(MOST)
          .toList();
    } catch (UnknownHostException | NumberFormatException e) {
      return List.of();
    }
  }
}
