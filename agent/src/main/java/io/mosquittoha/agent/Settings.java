package io.mosquittoha.agent;

import io.mosquittoha.agent.gate.Port;
import io.mosquittoha.agent.replication.ReplicaSettings;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What the chart, or whoever starts an agent by hand, has said: {@code agent.properties} and the
 * pod's environment.
 *
 * @param name of this member: that of its pod
 * @param service the headless service, a full domain name; empty: there are no other members
 * @param lease the Lease that holds the view; empty: a file does
 * @param namespace of the Lease
 * @param replication how members are kept alike
 * @param disk whether acknowledged means written to disk
 * @param gates what clients come to
 * @param peerTls folder of the members' certificates; empty: they speak in the clear
 * @param members where the members are, by name, instead of what the service says: for several on one
 *     machine
 * @param viewFile instead of a Lease, for the same
 * @param watch a folder; when it changes, the broker is told to read its certificates again
 * @param openGate for tests that have to fail: nothing is held back
 */
public record Settings(
    String name,
    String service,
    String lease,
    String namespace,
    String podIp,
    String revision,
    ReplicaSettings replication,
    boolean disk,
    List<Port> gates,
    int peerPort,
    int httpPort,
    String peerTls,
    Path token,
    Path data,
    Path config,
    Path accounts,
    Path runtime,
    String mosquitto,
    String launch,
    String plugin,
    int adminPort,
    Duration brokerHangAfter,
    Duration brokerPing,
    Duration willGrace,
    Duration holdTime,
    int holdConnections,
    int gateConnections,
    long stateLimit,
    Map<String, InetSocketAddress> members,
    String viewFile,
    String watch,
    boolean openGate) {

  private static final Pattern TIME = Pattern.compile("(\\d{1,9})(ms|s|m)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB)?");

  private static final Pattern MEMBER = Pattern.compile("([^=]+)=([^:]+):(\\d{1,5})");

  /** How many members there can be. */
  public static final int MEMBERS = 9;

  /**
   * Reads them.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if something in it is wrong; the message says what to write
   */
  public static Settings read(Path file, Map<String, String> environment) throws IOException {
    var properties = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    return new Source(properties, environment).settings();
  }

  Path replicaFolder() {
    return data.resolve("replica");
  }

  Path securityFile() {
    return data.resolve("dynamic-security.json");
  }

  /** Where clients come to: everywhere, or, of several members on one machine, to this one's own. */
  InetAddress gateAddress() {
    var own = members.get(name);
    return own == null
        ? new InetSocketAddress(0).getAddress()
        : new InetSocketAddress(own.getHostString(), 0).getAddress();
  }

  boolean hasPeers() {
    return !service.isEmpty() || !members.isEmpty();
  }

  private record Source(Properties properties, Map<String, String> environment) {

    Settings settings() {
      var unread = new TreeSet<>(properties.stringPropertyNames());
      var name = environment.getOrDefault("POD_NAME", text(unread, "name", ""));
      if (name.isEmpty()) {
        throw new IllegalArgumentException(
            "POD_NAME is not set: give the pod its own name by the downward API (metadata.name)");
      }
      var service = text(unread, "service", "");
      var sync = choice(unread, "replication", "sync", "async").equals("sync");
      var replicas = (int) number(unread, "replicas", service.isEmpty() ? 1 : 3, 1, MEMBERS);
      var minInSync =
          (int) number(unread, "minInSync", service.isEmpty() ? 1 : 2, 1, MEMBERS);
      var replication =
          new ReplicaSettings(
              sync,
              minInSync,
              replicas,
              time(unread, "heartbeat", "100ms").toMillis(),
              time(unread, "lease.time", "500ms").toMillis(),
              time(unread, "takeover", "800ms").toMillis(),
              time(unread, "grace", "20ms").toMillis(),
              time(unread, "formation", "3s").toMillis(),
              size(unread, "logLimit", "32MiB"),
              size(unread, "lagLimit", "16MiB"));
      var view = choice(unread, "view", service.isEmpty() ? "file" : "lease", "lease", "file");
      var lease = text(unread, "lease", "");
      if (view.equals("lease") && lease.isEmpty()) {
        throw new IllegalArgumentException(
            "view=lease needs lease=NAME, the name of the Lease that holds the view");
      }
      if (view.equals("file")
          && !service.isEmpty()
          && properties.getProperty("members", "").isBlank()) {
        throw new IllegalArgumentException(
            "view=file is for a single member: with a service, members need view=lease");
      }
      var settings =
          new Settings(
              name,
              service,
              view.equals("lease") ? lease : "",
              environment.getOrDefault("POD_NAMESPACE", text(unread, "namespace", "default")),
              environment.getOrDefault("POD_IP", ""),
              environment.getOrDefault("POD_REVISION", ""),
              replication,
              choice(unread, "durability", "disk", "memory").equals("disk"),
              Port.parse(text(unread, "gates", "1883=/tmp/mosquitto-ha/1883.sock")),
              (int) number(unread, "peerPort", 7000, 1, 65_535),
              (int) number(unread, "httpPort", 7070, 1, 65_535),
              text(unread, "peerTls", ""),
              Path.of(text(unread, "tokenFile", "/mosquitto/api/token")),
              Path.of(text(unread, "data", "/mosquitto/data")),
              Path.of(text(unread, "brokerConfig", "/mosquitto/config/mosquitto.conf")),
              Path.of(text(unread, "accounts", "/mosquitto/accounts")),
              Path.of(text(unread, "runtime", "/tmp/mosquitto-ha")),
              text(unread, "mosquitto", "/usr/sbin/mosquitto"),
              text(unread, "launch", "/usr/bin/launch"),
              text(unread, "plugin", "/usr/lib/mosquitto/link.so"),
              (int) number(unread, "adminPort", 1885, 1, 65_535),
              time(unread, "brokerHangAfter", "800ms"),
              time(unread, "brokerPing", "200ms"),
              time(unread, "willGrace", "10s"),
              time(unread, "holdTime", "2s"),
              (int) number(unread, "holdConnections", 1_000, 0, 100_000),
              (int) number(unread, "gateConnections", 20_000, 1, 1_000_000),
              size(unread, "stateLimit", "128MiB"),
              members(text(unread, "members", "")),
              text(unread, "viewFile", ""),
              text(unread, "watch", ""),
              choice(unread, "unsafeOpenGate", "false", "true").equals("true"));
      if (!unread.isEmpty()) {
        throw new IllegalArgumentException(
            "agent.properties has keys that nobody knows: "
                + String.join(", ", unread)
                + ". Correct or remove them");
      }
      return settings;
    }

    private static Map<String, InetSocketAddress> members(String text) {
      var members = new LinkedHashMap<String, InetSocketAddress>();
      for (var member : text.split(",")) {
        var form = MEMBER.matcher(member.strip());
        if (form.matches()) {
          members.put(
              form.group(1),
              InetSocketAddress.createUnresolved(
                  form.group(2), Integer.parseInt(form.group(3))));
        } else if (!text.isEmpty()) {
          throw new IllegalArgumentException(
              "members=%s: write for example m-0=127.0.0.1:7000,m-1=127.0.0.1:7001"
                  .formatted(text));
        }
      }
      return members;
    }

    private String text(Set<String> unread, String key, String otherwise) {
      unread.remove(key);
      return properties.getProperty(key, otherwise).strip();
    }

    private String choice(Set<String> unread, String key, String first, String... others) {
      var value = text(unread, key, first);
      var all = new TreeSet<>(List.of(others));
      all.add(first);
      if (!all.contains(value)) {
        throw new IllegalArgumentException(
            "%s=%s is none of %s".formatted(key, value, String.join(", ", all)));
      }
      return value;
    }

    private long number(Set<String> unread, String key, long otherwise, long least, long most) {
      var value = text(unread, key, String.valueOf(otherwise));
      if (!value.matches("\\d{1,12}")
          || Long.parseLong(value) < least
          || Long.parseLong(value) > most) {
        throw new IllegalArgumentException(
            "%s=%s is not a number from %d to %d".formatted(key, value, least, most));
      }
      return Long.parseLong(value);
    }

    private Duration time(Set<String> unread, String key, String otherwise) {
      var value = text(unread, key, otherwise);
      var form = TIME.matcher(value);
      if (!form.matches()) {
        throw new IllegalArgumentException(
            "%s=%s is no time; write for example 500ms, 2s or 1m".formatted(key, value));
      }
      var amount = Long.parseLong(form.group(1));
      return switch (form.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        default -> Duration.ofMinutes(amount);
      };
    }

    private long size(Set<String> unread, String key, String otherwise) {
      var value = text(unread, key, otherwise);
      var form = SIZE.matcher(value);
      if (!form.matches()) {
        throw new IllegalArgumentException(
            "%s=%s is no size; write for example 64MiB or 1GiB".formatted(key, value));
      }
      var unit = form.group(2) == null ? "B" : form.group(2);
      return Long.parseLong(form.group(1))
          << switch (unit) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
          };
    }
  }
}
