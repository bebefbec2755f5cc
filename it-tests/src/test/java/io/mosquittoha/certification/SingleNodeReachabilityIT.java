package io.mosquittoha.certification;

import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.manifests.Chart;
import org.junit.jupiter.api.Order;

@Order(20)
class SingleNodeReachabilityIT extends ReachabilityContract {

  @Override
  Installation install(Lab lab) {
    return lab.install(Chart.SINGLE, ALL_DOORS, lab.certificateNames());
  }
}
