package io.mosquittoha.management.cluster;

import io.mosquittoha.management.Settings;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The HAProxies, by their own statistics: whom they send clients to. */
final class ProxyWatch implements AutoCloseable {

  private static final Logger LOG = System.getLogger(ProxyWatch.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  private final Settings settings;
  private final AgentPort port;
  private final Runnable changed;
  private final Thread asking;
  private volatile List<Sight.Proxy> proxies = List.of();

  ProxyWatch(Settings settings, AgentPort port, Runnable changed) {
    this.settings = settings;
    this.port = port;
    this.changed = changed;
    asking = Thread.ofVirtual().name("ask HAProxies").start(this::ask);
  }

  List<Sight.Proxy> proxies() {
    return proxies;
  }

  private void ask() {
    try {
      while (!settings.proxies().isEmpty()) {
        var found = new ArrayList<Sight.Proxy>();
        for (var address : Place.proxies(settings)) {
          found.add(look(address));
        }
        if (!found.equals(proxies)) {
          proxies = List.copyOf(found);
          changed.run();
        }
        Thread.sleep(PERIOD);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Closed.
    }
  }

  private Sight.Proxy look(InetSocketAddress address) throws InterruptedException {
    var host = address.getAddress().getHostAddress();
    var name = address.getAddress() instanceof Inet6Address ? "[" + host + "]" : host;
    try {
      // Only what is needed of many thousand lines.
      var uri =
          URI.create(
              "http://%s:%d/metrics?scope=server&no-maint&metrics=haproxy_server_status,%s"
                  .formatted(name, address.getPort(), "haproxy_server_current_sessions"));
      return read(host, Samples.read(port.get(uri, PATIENCE)));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "HAProxy {0} does not answer: {1}", host, e.getMessage());
      return new Sight.Proxy(host, false, 0, 0, 0);
    }
  }

  /**
   * The chart names servers {@code leader-N} where one serves, {@code any-N} where clients may
   * wait, {@code broker-N} where all serve; each listener has its own backend of them, and all see
   * the same brokers, so the best of them counts.
   */
  static Sight.Proxy read(String address, Samples figures) {
    var leaders = new HashMap<String, Integer>();
    var usable = new HashMap<String, Integer>();
    var sessions = 0;
    for (var sample : figures.samples().entrySet()) {
      var proxy = "";
      var server = "";
      var state = "";
      var labels = LABEL.matcher(sample.getKey());
      while (labels.find()) {
        switch (labels.group(1)) {
          case "proxy" -> proxy = labels.group(2);
          case "server" -> server = labels.group(2);
          case "state" -> state = labels.group(2);
          default -> {}
        }
      }
      var serves = server.startsWith("leader-") || server.startsWith("broker-");
      if (sample.getKey().startsWith("haproxy_server_status{")) {
        if (state.equals("UP") && sample.getValue() == 1) {
          if (serves) {
            leaders.merge(proxy, 1, Integer::sum);
          }
          if (server.startsWith("any-") || server.startsWith("broker-")) {
            usable.merge(proxy, 1, Integer::sum);
          }
        }
      } else if (sample.getKey().startsWith("haproxy_server_current_sessions{")
          && (serves || server.startsWith("any-"))) {
        sessions += sample.getValue().intValue();
      }
    }
    return new Sight.Proxy(address, true, most(leaders), most(usable), sessions);
  }

  private static int most(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  @Override
  public void close() {
    asking.interrupt();
  }
}
