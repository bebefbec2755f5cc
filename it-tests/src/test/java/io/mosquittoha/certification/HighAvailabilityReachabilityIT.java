package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.manifests.Chart;
import java.util.ArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

@Order(21)
class HighAvailabilityReachabilityIT extends ReachabilityContract {

  @Override
  Installation install(Lab lab) {
    return lab.install(Chart.HIGH_AVAILABILITY, ALL_DOORS, lab.certificateNames());
  }

  @Test
  void placement_whenManyClientsConnect_thenAllMeetOnOneBroker() {
    var clients = new ArrayList<MqttConnection>();
    try {
      Stream.generate(() -> installation().dial().withFreshId())
          .limit(12)
          .forEach(dial -> clients.add(dial.connect()));
      assertThat(clients.stream().map(client -> installation().whereIs(client).broker()).distinct())
          .hasSize(1);
    } finally {
      clients.forEach(MqttConnection::close);
    }
  }
}
