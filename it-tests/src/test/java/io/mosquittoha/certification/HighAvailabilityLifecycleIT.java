package io.mosquittoha.certification;

import io.mosquittoha.manifests.Chart;
import org.junit.jupiter.api.Order;

@Order(11)
class HighAvailabilityLifecycleIT extends LifecycleContract {

  @Override
  Chart chart() {
    return Chart.HIGH_AVAILABILITY;
  }
}
