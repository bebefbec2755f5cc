package io.mosquittoha.management.metrics;

import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.mqtt.Account;
import io.mosquittoha.management.mqtt.Connection;
import io.mosquittoha.management.mqtt.Message;
import io.mosquittoha.management.mqtt.Reason;
import io.mosquittoha.management.web.Problem;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What brokers without agents publish about themselves: one connection to each that was asked for,
 * made anew when it is asked for again after it broke.
 */
public final class SysTopics implements BrokerTopics, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SysTopics.class);
  private static final String ROOT = "$SYS/broker/";

  /** Mosquitto has some 60; what is more is no broker of ours. */
  private static final int MOST_TOPICS = 500;

  private static final int LONGEST_VALUE = 100;

  private final Cluster cluster;
  private final Account account;
  private final Map<String, Line> lines = new ConcurrentHashMap<>();

  private record Line(InetSocketAddress address, Connection connection, Map<String, String> values)
      implements AutoCloseable {
    @Override
    public void close() {
      connection.close();
    }
  }

  public SysTopics(Cluster cluster, Account account) {
    this.cluster = cluster;
    this.account = account;
  }

  @Override
  public Optional<Map<String, String>> of(String broker) {
    var brokers = cluster.brokers();
    lines.forEach((name, line) -> {
      if (brokers.stream().noneMatch(it -> it.name().equals(name))) {
        lines.remove(name);
        line.close();
      }
    });
    var found = brokers.stream().filter(it -> it.name().equals(broker)).findFirst();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var line = lines.get(broker);
    if (line != null && (!line.connection().open() || !line.address().equals(found.get().mqtt()))) {
      lines.remove(broker);
      line.close();
      line = null;
    }
    if (line == null) {
      var opened = connect(found.get());
      opened.ifPresent(it -> lines.put(broker, it));
      line = opened.orElse(null);
    }
    return line == null || line.values().isEmpty()
        ? Optional.empty()
        : Optional.of(Map.copyOf(line.values()));
  }

  private Optional<Line> connect(Cluster.Broker broker) {
    var values = new ConcurrentHashMap<String, String>();
    try {
      var connection =
          account.connect(broker.mqtt(), "figures", message -> keep(values, message), reason -> {});
      try {
        var granted =
            connection.subscribe(
                List.of(new Connection.Subscription(ROOT + "#", 0, Connection.Replay.FIRST)));
        if (granted.stream().anyMatch(Reason::refused)) {
          LOG.warn("{} does not let this application read {}#", broker.name(), ROOT);
        }
        return Optional.of(new Line(broker.mqtt(), connection, values));
      } catch (Connection.BrokenException e) {
        connection.close();
        return Optional.empty();
      }
    } catch (Problem e) {
      LOG.debug("{} told no figures: {}", broker.name(), e.getMessage());
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static void keep(Map<String, String> values, Message message) {
    if (message.topic().startsWith(ROOT)
        && message.payload().length <= LONGEST_VALUE
        && values.size() < MOST_TOPICS) {
      values.put(
          message.topic().substring(ROOT.length()),
          new String(message.payload(), StandardCharsets.UTF_8));
    }
  }

  @Override
  public void close() {
    lines.values().forEach(Line::close);
    lines.clear();
  }
}
