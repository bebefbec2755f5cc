package io.mosquittoha.management.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * What a broker's agent said, in Prometheus' text format. Names are without the agents' prefix;
 * lines that make no sense are passed over, for a newer agent may say more.
 */
public final class Exposition {

  private static final String PREFIX = "mosquitto_ha_";
  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}(\\.\\d{1,9})?");
  private static final Pattern UPTIME = Pattern.compile("(\\d{1,12}) seconds");

  /** One line. */
  public record Sample(Map<String, String> labels, double value) {}

  private final Map<String, List<Sample>> samples = new HashMap<>();

  private Exposition() {}

  public static Exposition read(String text) {
    var page = new Exposition();
    text.lines().forEach(page::line);
    return page;
  }

  /**
   * What a broker without an agent says by its topics, under the names that agents give them.
   *
   * @param topics those below {@code $SYS/broker/}, without that
   */
  static Exposition ofTopics(Map<String, String> topics) {
    var page = new Exposition();
    page.add("serves", Map.of(), 1);
    topics.forEach((topic, value) -> {
      var uptime = UPTIME.matcher(value);
      var name = "broker_" + topic.replaceFirst("/total$", "").replace('/', '_').replace(' ', '_');
      if (topic.equals("uptime") && uptime.matches()) {
        page.add("broker_uptime_seconds", Map.of(), Double.parseDouble(uptime.group(1)));
      } else if (NUMBER.matcher(value).matches()) {
        page.add(name, Map.of(), Double.parseDouble(value));
      }
    });
    return page;
  }

  private void add(String name, Map<String, String> labels, double value) {
    samples.computeIfAbsent(name, it -> new ArrayList<>()).add(new Sample(labels, value));
  }

  private void line(String line) {
    if (!line.startsWith(PREFIX)) {
      return;
    }
    int end = PREFIX.length();
    while (end < line.length() && line.charAt(end) != '{' && line.charAt(end) != ' ') {
      end++;
    }
    var name = line.substring(PREFIX.length(), end);
    if (name.endsWith("_total")) {
      name = name.substring(0, name.length() - "_total".length());
    }
    var labels = new HashMap<String, String>();
    int at = end;
    if (at < line.length() && line.charAt(at) == '{') {
      at = labels(line, at + 1, labels);
    }
    var rest = at < 0 || at >= line.length() ? "" : line.substring(at).strip();
    int space = rest.indexOf(' ');
    var number = number(space < 0 ? rest : rest.substring(0, space));
    if (!Double.isNaN(number)) {
      add(name, labels, number);
    }
  }

  /** Reads labels; returns where the closing brace was passed, or -1. */
  private static int labels(String line, int from, Map<String, String> labels) {
    int at = from;
    while (at < line.length() && line.charAt(at) != '}') {
      int equals = line.indexOf("=\"", at);
      if (equals < 0) {
        return -1;
      }
      var key = line.substring(at, equals);
      var value = new StringBuilder();
      at = equals + 2;
      while (at < line.length() && line.charAt(at) != '"') {
        if (line.charAt(at) == '\\' && at + 1 < line.length()) {
          at++;
          value.append(line.charAt(at) == 'n' ? '\n' : line.charAt(at));
        } else {
          value.append(line.charAt(at));
        }
        at++;
      }
      at++;
      labels.put(key, value.toString());
      if (at < line.length() && line.charAt(at) == ',') {
        at++;
      }
    }
    return at < line.length() ? at + 1 : -1;
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          yield Double.NaN;
        }
      }
    };
  }

  public List<Sample> all(String name) {
    return samples.getOrDefault(name, List.of());
  }

  /** The one without labels. */
  public OptionalDouble value(String name) {
    return all(name).stream()
        .filter(sample -> sample.labels().isEmpty())
        .mapToDouble(Sample::value)
        .findFirst();
  }

  public OptionalDouble value(String name, String label, String is) {
    return all(name).stream()
        .filter(sample -> is.equals(sample.labels().get(label)))
        .mapToDouble(Sample::value)
        .findFirst();
  }

  public boolean serves() {
    return value("serves").orElse(0) > 0;
  }
}
