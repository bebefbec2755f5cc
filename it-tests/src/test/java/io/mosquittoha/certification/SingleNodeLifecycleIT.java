package io.mosquittoha.certification;

import io.mosquittoha.manifests.Chart;
import org.junit.jupiter.api.Order;

@Order(10)
class SingleNodeLifecycleIT extends LifecycleContract {

  @Override
  Chart chart() {
    return Chart.SINGLE;
  }
}
