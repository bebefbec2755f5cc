package io.mosquittoha.testbed.quickstart;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The variants that quickstart can install; the chart's name is the release's name too. */
enum InstalledVariant {
  ha("mosquitto-ha"),
  single("mosquitto-single"),
  autoscaling("mosquitto-ha-autoscaling");

  private final String chart;

  InstalledVariant(String chart) {
    this.chart = chart;
  }

  String chart() {
    return chart;
  }

  static String names() {
    return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
  }
}
