package io.mosquittoha.certification;

import io.mosquittoha.manifests.Chart;
import org.junit.jupiter.api.Order;

@Order(11)
class HighAvailabilityLifecycleIT extends LifecycleContract {

  @Override
  Chart chart() {
    return Chart.HIGH_AVAILABILITY;
  }

  /**
   * The broker that serves after a re-install need not be the one that served before, and until
   * messages are replicated each has its own: so the accounts are what is expected to be found. The
   * old password let this client in.
   */
  @Override
  void recall() {
    connect().close();
  }
}
