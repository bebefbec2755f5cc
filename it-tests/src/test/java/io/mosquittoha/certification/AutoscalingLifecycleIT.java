package io.mosquittoha.certification;

import io.mosquittoha.manifests.Chart;
import org.junit.jupiter.api.Order;

@Order(12)
class AutoscalingLifecycleIT extends LifecycleContract {

  @Override
  Chart chart() {
    return Chart.AUTOSCALING;
  }

  /**
   * As in {@link HighAvailabilityLifecycleIT}: each broker has its own messages, and all have the
   * accounts.
   */
  @Override
  void recall() {
    connect().close();
  }
}
