package io.mosquittoha.manifests;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The charts that can be installed. */
public enum Chart {
  SINGLE("mosquitto-single", SingleNode.defaults()),
  HIGH_AVAILABILITY("mosquitto-ha", HighAvailability.defaults()),
  AUTOSCALING("mosquitto-ha-autoscaling", Autoscaling.defaults());

  /** The chart that holds what the others share, and that cannot be installed. */
  public static final String LIBRARY = "mosquitto-common";

  private final String folder;
  private final Variant defaults;

  Chart(String folder, Variant defaults) {
    this.folder = folder;
    this.defaults = defaults;
  }

  /** The chart's name, and its folder's. */
  public String folder() {
    return folder;
  }

  /** The variant that the chart installs when nobody sets a value. */
  public Variant defaults() {
    return defaults;
  }

  public static Chart named(String folder) {
    return Arrays.stream(values())
        .filter(chart -> chart.folder.equals(folder))
        .findAny()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no chart \""
                    + folder
                    + "\"; choose one of "
                    + List.of(values()).stream()
                        .map(Chart::folder)
                        .collect(Collectors.joining(", "))));
  }

  @Override
  public String toString() {
    return folder;
  }
}
