package io.mosquittoha.manifests.rules;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.mosquittoha.manifests.ConfigFiles;
import io.mosquittoha.manifests.Rendering;
import io.mosquittoha.manifests.Times;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What Mosquitto and HAProxy are told fits what Kubernetes is told. */
final class ConfigRules {

  private static final int ADMINISTRATION = 1885;
  private static final int HEALTH = 7070;
  private static final int PEER = 7000;

  private static final Pattern SRV_PORT = Pattern.compile("_([a-z0-9-]+)\\._tcp\\.");

  private static final Pattern SERVERS =
      Pattern.compile("(?m)^\\s*server-template\\s+\\S+\\s+([0-9]+)\\s");

  /** What holds for brokers; a {@code server} line of its own is another door of HAProxy itself. */
  private static final Pattern TO_BROKERS =
      Pattern.compile("(?m)^\\s*default-server\\s.*send-proxy");

  private static final Pattern CONNECT =
      Pattern.compile("(?m)^\\s*timeout connect ([0-9]+(?:ms|s|m))$");

  private static final Pattern PATIENCE = Pattern.compile("(?m)^local patience = ([0-9]+)\\s");

  private static final Pattern GATE = Pattern.compile("([0-9]+)=(/[^+,]+)(\\+proxy)?");

  /** A door of the agent, and the broker's listener that it leads to. */
  private record Gate(int port, String behind, boolean sendsProxyProtocol) {}

  /**
   * A {@code listener} of {@code mosquitto.conf}.
   *
   * @param port 0 if it is a Unix socket
   * @param at what it is bound to: an address, the path of a Unix socket, or nothing
   */
  private record Listener(int port, String at, Set<String> lines) {

    boolean local() {
      return port == 0 || at.equals("127.0.0.1");
    }

    boolean speaksProxyProtocol() {
      return lines.stream().anyMatch(line -> line.startsWith("enable_proxy_protocol"));
    }
  }

  static final Rule LISTENERS_ARE_PORTS =
      new Rule(
          "the broker, or the gate before it, listens on exactly the ports that its container"
              + " names",
          "a port without a listener refuses clients; a listener without a port is forgotten in"
              + " NetworkPolicies",
          Breaches.overall((rendering, breaches) -> {
            var files = ConfigFiles.of(rendering);
            var open = new HashSet<Integer>();
            for (var listener : listeners(files.mosquitto())) {
              if (!listener.local()) {
                open.add(listener.port());
              }
            }
            files.agent().ifPresent(agent -> gates(agent).forEach(gate -> open.add(gate.port())));
            for (var workload : brokers(rendering)) {
              var named = new HashSet<Integer>();
              for (var container : workload.mainContainer().stream().toList()) {
                container.getPorts().forEach(port -> named.add(port.getContainerPort()));
              }
              named.removeAll(List.of(HEALTH, PEER));
              breaches.addIf(
                  !named.equals(open),
                  workload.owner(),
                  "has ports " + named + " but there are listeners on " + open);
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

  static final Rule GATES_LEAD_TO_LISTENERS =
      new Rule(
          "each gate of the agent leads to a listener of the broker, which nothing else can reach",
          "clients would wait at a gate that leads nowhere, or get past it what is not committed",
          Breaches.overall((rendering, breaches) -> {
            var files = ConfigFiles.of(rendering);
            if (files.agent().isEmpty()) {
              return;
            }
            var behind = new TreeSet<String>();
            gates(files.agent().get()).forEach(gate -> behind.add(gate.behind()));
            var listening = new TreeSet<String>();
            for (var workload : brokers(rendering)) {
              for (var listener : listeners(files.mosquitto())) {
                if (listener.port() == 0) {
                  listening.add(listener.at());
                }
                breaches.addIf(
                    listener.port() != 0 && listener.port() != ADMINISTRATION,
                    workload.owner(),
                    "its listener on " + listener.port() + " can be reached past the gate");
              }
              breaches.addIf(
                  !behind.equals(listening),
                  workload.owner(),
                  "has gates to " + behind + " but mosquitto.conf has listeners " + listening);
            }
          }));

  static final Rule PROXY_PROTOCOL_ON_BOTH_SIDES =
      new Rule(
          "brokers expect the PROXY protocol if and only if HAProxy, or the gate, sends it",
          "every client would be refused, with a message that helps nobody",
          Breaches.overall((rendering, breaches) -> {
            var files = ConfigFiles.of(rendering);
            var senders = files.haproxy().map(ConfigRules::senders).orElse(Map.of());
            var gates = files.agent().map(ConfigRules::gates).orElse(List.of());
            for (var workload : brokers(rendering)) {
              for (var listener : listeners(files.mosquitto())) {
                var gate =
                    gates.stream().filter(each -> each.behind().equals(listener.at())).findAny();
                var name = workload.portName(gate.map(Gate::port).orElse(listener.port()));
                if (name.isEmpty()) {
                  continue;
                }
                var byHaProxy = senders.getOrDefault(name.get(), false);
                var byGate = gate.filter(Gate::sendsProxyProtocol).isPresent();
                breaches.addIf(
                    byHaProxy && byGate,
                    workload.owner(),
                    "is sent the PROXY protocol on " + name.get() + " twice");
                breaches.addIf(
                    listener.speaksProxyProtocol() && !byHaProxy && !byGate,
                    workload.owner(),
                    "expects the PROXY protocol on " + name.get() + ", which nobody sends");
                breaches.addIf(
                    (byHaProxy || byGate) && !listener.speaksProxyProtocol(),
                    workload.owner(),
                    "is sent the PROXY protocol on " + name.get() + " but does not expect it");
              }
            }
          }));

  static final Rule HAPROXY_AGREES_WITH_ITSELF =
      new Rule(
          "all ways of HAProxy to a port of the brokers speak alike",
          "clients would be served until the first failover, and then no more",
          Breaches.overall((rendering, breaches) -> {
            var haproxy = ConfigFiles.of(rendering).haproxy();
            if (haproxy.isEmpty()) {
              return;
            }
            var spoken = new HashMap<String, String>();
            for (var section : backends(haproxy.get())) {
              var port = SRV_PORT.matcher(section);
              if (!port.find()) {
                continue;
              }
              var lines =
                  section
                      .lines()
                      .map(String::strip)
                      .filter(line -> line.startsWith("default-server"))
                      .collect(Collectors.joining("\n"));
              var other = spoken.putIfAbsent(port.group(1), lines);
              for (var workload : brokers(rendering)) {
                breaches.addIf(
                    other != null && !other.equals(lines),
                    workload.owner(),
                    "is spoken to in two ways on " + port.group(1));
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

  static final Rule SESSIONS_END_WHEN_NONE_IS_BEING_MADE =
      new Rule(
          "HAProxy ends sessions of a broker that is down, but not before every connection to it"
              + " was either made or given up",
          "clients of a frozen broker would wait for ever; ended at once, those who are just"
              + " connecting would",
          Breaches.overall((rendering, breaches) -> {
            var files = ConfigFiles.of(rendering);
            if (files.haproxy().isEmpty()) {
              return;
            }
            var connect = CONNECT.matcher(files.haproxy().get());
            var patience = PATIENCE.matcher(files.sessions().orElse(""));
            var soon =
                !connect.find()
                    || !patience.find()
                    || Long.parseLong(patience.group(1)) <= Times.millis(connect.group(1));
            for (var workload : brokers(rendering)) {
              breaches.addIf(
                  files.haproxy().get().contains("shutdown-sessions"),
                  workload.owner(),
                  "its sessions are ended while others are being made");
              breaches.addIf(
                  !files.haproxy().get().contains("lua-load /etc/haproxy/sessions.lua"),
                  workload.owner(),
                  "nobody ends its sessions when it is down");
              breaches.addIf(soon, workload.owner(), "its sessions are ended too soon");
            }
          }));

  static final List<Rule> ALL =
      List.of(
          LISTENERS_ARE_PORTS,
          ADMINISTRATION_IS_LOCAL,
          GATES_LEAD_TO_LISTENERS,
          PROXY_PROTOCOL_ON_BOTH_SIDES,
          HAPROXY_AGREES_WITH_ITSELF,
          SESSIONS_END_WHEN_NONE_IS_BEING_MADE,
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
    return Workload.of(rendering).stream().filter(Workload::isBroker).toList();
  }

  private static List<Listener> listeners(String mosquittoConf) {
    var listeners = new ArrayList<Listener>();
    Set<String> lines = new HashSet<>();
    for (var line : mosquittoConf.lines().map(String::strip).toList()) {
      var words = line.split("\\s+");
      if (words[0].equals("listener")) {
        lines = new HashSet<>();
        var at = words.length > 2 ? words[2] : "";
        listeners.add(new Listener(Integer.parseInt(words[1]), at, lines));
      } else {
        lines.add(line);
      }
    }
    return listeners;
  }

  private static List<Gate> gates(Properties agent) {
    var gates = new ArrayList<Gate>();
    var matcher = GATE.matcher(agent.getProperty("gates", ""));
    while (matcher.find()) {
      gates.add(
          new Gate(
              Integer.parseInt(matcher.group(1)),
              matcher.group(2),
              matcher.group(3) != null));
    }
    return gates;
  }

  private static List<String> backends(String haproxyCfg) {
    return Stream.of(haproxyCfg.split("\n(?=\\S)"))
        .filter(section -> section.startsWith("backend"))
        .toList();
  }

  /** Which of the brokers' ports HAProxy speaks to, and whether with the PROXY protocol. */
  private static Map<String, Boolean> senders(String haproxyCfg) {
    var senders = new HashMap<String, Boolean>();
    for (var section : backends(haproxyCfg)) {
      var port = SRV_PORT.matcher(section);
      if (port.find()) {
        senders.put(port.group(1), TO_BROKERS.matcher(section).find());
      }
    }
    return senders;
  }
}
