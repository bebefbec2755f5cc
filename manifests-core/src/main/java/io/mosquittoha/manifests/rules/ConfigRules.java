package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.mosquittoha.manifests.ConfigFiles;
import io.mosquittoha.manifests.Rendering;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What Mosquitto and HAProxy are told fits what Kubernetes is told. */
final class ConfigRules {

  private static final int ADMINISTRATION = 1885;
  private static final int HEALTH = 7070;

  private static final Pattern SRV_PORT = Pattern.compile("_([a-z0-9-]+)\\._tcp\\.");

  private static final Pattern SERVERS =
      Pattern.compile("(?m)^\\s*server-template\\s+\\S+\\s+([0-9]+)\\s");

  /** A {@code listener} of {@code mosquitto.conf}. */
  private record Listener(int port, boolean local, Set<String> lines) {

    boolean speaksProxyProtocol() {
      return lines.stream().anyMatch(line -> line.startsWith("enable_proxy_protocol"));
    }
  }

  static final Rule LISTENERS_ARE_PORTS =
      new Rule(
          "the broker listens on exactly the ports that its container names",
          "a port without a listener refuses clients; a listener without a port is forgotten in"
              + " NetworkPolicies",
          Breaches.overall((rendering, breaches) -> {
            var open = new HashSet<Integer>();
            for (var listener : listeners(ConfigFiles.of(rendering).mosquitto())) {
              if (!listener.local()) {
                open.add(listener.port());
              }
            }
            for (var workload : brokers(rendering)) {
              var named = new HashSet<Integer>();
              for (var container : workload.mainContainer().stream().toList()) {
                container.getPorts().forEach(port -> named.add(port.getContainerPort()));
              }
              named.remove(HEALTH);
              breaches.addIf(
                  !named.equals(open),
                  workload.owner(),
                  "has ports " + named + " but mosquitto.conf has listeners " + open);
            }
          }));

  static final Rule ADMINISTRATION_IS_LOCAL =
      new Rule(
          "the listener for administration is bound to the pod itself and knows no PROXY protocol",
          "anybody in the cluster could try administrators' passwords, and the health check could"
              + " not log in",
          Breaches.overall((rendering, breaches) -> {
            var administration =
                listeners(ConfigFiles.of(rendering).mosquitto()).stream()
                    .filter(listener -> listener.port() == ADMINISTRATION)
                    .findAny();
            for (var workload : brokers(rendering)) {
              breaches.addIf(administration.isEmpty(), workload.owner(), "has no listener on 1885");
              breaches.addIf(
                  administration.filter(Listener::local).isEmpty(),
                  workload.owner(),
                  "its listener on 1885 is not bound to 127.0.0.1");
              breaches.addIf(
                  administration.filter(Listener::speaksProxyProtocol).isPresent(),
                  workload.owner(),
                  "its listener on 1885 wants the PROXY protocol");
            }
          }));

  static final Rule PROXY_PROTOCOL_ON_BOTH_SIDES =
      new Rule(
          "brokers expect the PROXY protocol if and only if HAProxy sends it",
          "every client would be refused, with a message that helps nobody",
          Breaches.overall((rendering, breaches) -> {
            var files = ConfigFiles.of(rendering);
            var senders = files.haproxy().map(ConfigRules::senders).orElse(Map.of());
            for (var workload : brokers(rendering)) {
              for (var listener : listeners(files.mosquitto())) {
                var name = workload.portName(listener.port());
                if (listener.local() || name.isEmpty()) {
                  continue;
                }
                var sent = senders.getOrDefault(name.get(), false);
                breaches.addIf(
                    listener.speaksProxyProtocol() && !sent,
                    workload.owner(),
                    "expects the PROXY protocol on " + name.get() + ", which nobody sends");
                breaches.addIf(
                    sent && !listener.speaksProxyProtocol(),
                    workload.owner(),
                    "is sent the PROXY protocol on " + name.get() + " but does not expect it");
              }
            }
          }));

  static final Rule ROOM_FOR_EVERY_BROKER =
      new Rule(
          "HAProxy has room for as many brokers as there can be",
          "brokers beyond that would get no clients, and nobody would be told",
          Breaches.overall((rendering, breaches) -> {
            var haproxy = ConfigFiles.of(rendering).haproxy();
            if (haproxy.isEmpty()) {
              return;
            }
            var room = SERVERS.matcher(haproxy.get());
            for (var workload : brokers(rendering)) {
              var most = most(rendering, workload);
              while (room.find()) {
                breaches.addIf(
                    Integer.parseInt(room.group(1)) < most,
                    workload.owner(),
                    "there can be " + most + ", but HAProxy has room for " + room.group(1));
              }
            }
          }));

  static final List<Rule> ALL =
      List.of(
          LISTENERS_ARE_PORTS,
          ADMINISTRATION_IS_LOCAL,
          PROXY_PROTOCOL_ON_BOTH_SIDES,
          ROOM_FOR_EVERY_BROKER);

  private ConfigRules() {}

  /** What the autoscaler may go up to, or what somebody has asked for. */
  private static int most(Rendering rendering, Workload workload) {
    return rendering.all(HorizontalPodAutoscaler.class).stream()
        .map(autoscaler -> autoscaler.getSpec().getMaxReplicas())
        .findAny()
        .or(workload::replicas)
        .orElse(1);
  }

  private static List<Workload> brokers(Rendering rendering) {
    return Workload.of(rendering).stream()
        .filter(workload -> "broker".equals(workload.labels().get(Workload.COMPONENT)))
        .toList();
  }

  private static List<Listener> listeners(String mosquittoConf) {
    var listeners = new ArrayList<Listener>();
    Set<String> lines = new HashSet<>();
    for (var line : mosquittoConf.lines().map(String::strip).toList()) {
      var words = line.split("\\s+");
      if (words[0].equals("listener")) {
        lines = new HashSet<>();
        var local = words.length > 2 && words[2].equals("127.0.0.1");
        listeners.add(new Listener(Integer.parseInt(words[1]), local, lines));
      } else {
        lines.add(line);
      }
    }
    return listeners;
  }

  /** Which of the brokers' ports HAProxy speaks to, and whether with the PROXY protocol. */
  private static Map<String, Boolean> senders(String haproxyCfg) {
    var senders = new HashMap<String, Boolean>();
    for (var section : haproxyCfg.split("\n(?=\\S)")) {
      var port = SRV_PORT.matcher(section);
      if (section.startsWith("backend") && port.find()) {
        senders.put(port.group(1), section.contains("send-proxy"));
      }
    }
    return senders;
  }
}
