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
   * The broker that serves a client after a re-install need not be the one that served it before,
   * and each has its own messages: so the accounts are what is expected to be found. The old
   * password let this client in.
   */
  @Override
  void recall() {
    connect().close();
  }
}
