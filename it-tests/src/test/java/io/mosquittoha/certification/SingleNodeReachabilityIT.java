package io.mosquittoha.certification;

import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.Door;
import io.mosquittoha.manifests.Chart;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Order;

@Order(20)
class SingleNodeReachabilityIT extends ReachabilityContract {

  @Override
  Installation install(Lab lab) {
    return lab.install(Chart.SINGLE, ALL_DOORS, lab.certificateNames());
  }

  @Override
  void assumeAddressIsKept(Door door) {
    Assumptions.assumeFalse(
        door.encrypted(), "the gate's PROXY header and TLS cannot be on one port of Mosquitto");
  }
}
