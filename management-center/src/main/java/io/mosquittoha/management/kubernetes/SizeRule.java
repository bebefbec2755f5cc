package io.mosquittoha.management.kubernetes;

import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.web.Problem;
import java.util.Optional;

/** How many brokers a variant may have, and who decides. */
final class SizeRule {

  private static final int LEAST = 2;
  private static final int MOST = 9;

  private SizeRule() {}

  /**
   * Who scales instead of people.
   *
   * @param name the HorizontalPodAutoscaler's
   */
  record Autoscaler(String name, int least, int most) {}

  static Size size(Variant variant, int wanted, int ready, Optional<Autoscaler> autoscaler) {
    if (autoscaler.isPresent()) {
      var scaler = autoscaler.get();
      return new Size(
          wanted,
          ready,
          scaler.least(),
          scaler.most(),
          ("The HorizontalPodAutoscaler %s decides by the load, from %d to %d brokers; a number"
                  + " that is set by hand would not last. Change autoscaling.minBrokers and"
                  + " autoscaling.maxBrokers by helm upgrade.")
              .formatted(scaler.name(), scaler.least(), scaler.most()));
    }
    return switch (variant) {
      case SINGLE ->
          new Size(
              wanted,
              ready,
              1,
              1,
              "mosquitto-single has one broker: a second one would share nothing with it. Install"
                  + " the chart mosquitto-ha for more.");
      case HA -> new Size(wanted, ready, LEAST, MOST, "");
      case AUTOSCALING ->
          new Size(
              wanted,
              ready,
              wanted,
              wanted,
              "In mosquitto-ha-autoscaling an autoscaler decides by the load. Change"
                  + " autoscaling.minBrokers and autoscaling.maxBrokers by helm upgrade.");
    };
  }

  static void check(Size size, int brokers) {
    if (!size.changeable()) {
      throw new Problem(409, size.fixed());
    }
    if (brokers < size.least() || brokers > size.most()) {
      throw new Problem(
          409,
          "There can be from %d to %d brokers, and not %d."
              .formatted(size.least(), size.most(), brokers));
    }
  }
}
