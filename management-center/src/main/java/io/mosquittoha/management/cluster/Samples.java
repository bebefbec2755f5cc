package io.mosquittoha.management.cluster;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Samples of a page in Prometheus' text form.
 *
 * @param samples by name and labels as they stand there: {@code name{a="b"}}
 */
record Samples(Map<String, Double> samples) {

  private static final Pattern LINE =
      Pattern.compile("([A-Za-z_:][A-Za-z0-9_:]*(?:\\{[^\\n]*})?) (\\S+)(?: \\d+)?");

  Samples {
    samples = Map.copyOf(samples);
  }

  static Samples read(byte[] page) {
    var samples = new HashMap<String, Double>();
    for (var line : new String(page, StandardCharsets.UTF_8).split("\n")) {
      var matcher = LINE.matcher(line.strip());
      if (matcher.matches()) {
        try {
          samples.put(matcher.group(1), Double.parseDouble(matcher.group(2)));
        } catch (NumberFormatException e) {
          // +Inf and NaN are no figures for anybody here.
        }
      }
    }
    return new Samples(samples);
  }

  OptionalDouble get(String sample) {
    var value = samples.get(sample);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  long number(String sample) {
    return (long) get(sample).orElse(0);
  }
}
