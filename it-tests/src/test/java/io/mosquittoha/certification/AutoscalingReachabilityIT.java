package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.certification.lab.Installation;
import io.mosquittoha.certification.lab.Lab;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.report.Figures;
import io.mosquittoha.manifests.Chart;
import java.util.ArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

@Order(22)
class AutoscalingReachabilityIT extends ReachabilityContract {

  @Override
  Installation install(Lab lab) {
    return lab.install(
        Chart.AUTOSCALING, ALL_DOORS, lab.certificateNames(), "autoscaling: {minBrokers: 2}");
  }

  @Test
  void placement_whenManyClientsConnect_thenEveryBrokerServesSome(Figures figures) {
    var clients = new ArrayList<MqttConnection>();
    try {
      Stream.generate(() -> installation().dial().withFreshId())
          .limit(24)
          .forEach(dial -> clients.add(dial.connect()));
      var brokers =
          clients.stream()
              .map(client -> installation().whereIs(client).broker())
              .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
      figures.record("clients by broker", brokers.toString());
      assertThat(brokers).hasSize(installation().brokers().size());
    } finally {
      clients.forEach(MqttConnection::close);
    }
  }
}
