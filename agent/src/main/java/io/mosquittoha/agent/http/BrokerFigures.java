package io.mosquittoha.agent.http;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The broker's {@code $SYS} topics as metrics. */
final class BrokerFigures {

  /** These only grow. */
  private static final Set<String> COUNTERS =
      Set.of(
          "bytes/received",
          "bytes/sent",
          "clients/expired",
          "connections/socket/count",
          "messages/received",
          "messages/sent",
          "publish/bytes/received",
          "publish/bytes/sent",
          "publish/messages/dropped",
          "publish/messages/received",
          "publish/messages/sent");

  /** Second names of other topics. */
  private static final Set<String> ALIASES =
      Set.of("clients/active", "clients/inactive", "store/messages/count");

  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}(\\.\\d{1,9})?");
  private static final Pattern UPTIME = Pattern.compile("(\\d{1,12}) seconds");
  private static final Pattern LOAD = Pattern.compile("load/([a-z/]+)/(\\d+min)");
  private static final Pattern TOPIC = Pattern.compile("[a-z_/ ]+");

  private BrokerFigures() {}

  static void add(Map<String, String> topics, MetricPage page) {
    topics.forEach((topic, value) -> {
      var load = LOAD.matcher(topic);
      var uptime = UPTIME.matcher(value);
      if (topic.equals("version")) {
        page.gauge("broker_info", "The broker's software.", 1, "version", value);
      } else if (topic.equals("uptime") && uptime.matches()) {
        page.gauge(
            "broker_uptime_seconds",
            "How long the broker runs.",
            Double.parseDouble(uptime.group(1)));
      } else if (ALIASES.contains(topic) || !NUMBER.matcher(value).matches()) {
        return;
      } else if (load.matches()) {
        page.gauge(
            "broker_load_" + name(load.group(1)),
            "The broker's average per minute of " + load.group(1) + ".",
            Double.parseDouble(value),
            "over",
            load.group(2));
      } else if (TOPIC.matcher(topic).matches()) {
        var help = "The broker's $SYS/broker/" + topic + ".";
        if (COUNTERS.contains(topic)) {
          page.counter("broker_" + name(topic), help, Double.parseDouble(value));
        } else {
          page.gauge("broker_" + name(topic), help, Double.parseDouble(value));
        }
      }
    });
  }

  /** Without an end that is for counters. */
  private static String name(String topic) {
    return topic.replaceFirst("/total$", "").replace('/', '_').replace(' ', '_');
  }
}
