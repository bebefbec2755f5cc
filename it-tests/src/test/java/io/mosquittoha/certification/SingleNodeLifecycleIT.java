package io.mosquittoha.certification;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosquittoha.manifests.Chart;
import org.junit.jupiter.api.Order;

@Order(10)
class SingleNodeLifecycleIT extends LifecycleContract {

  @Override
  Chart chart() {
    return Chart.SINGLE;
  }

  @Override
  void recall() {
    try (var client = connect()) {
      client.subscribe("certification/remember", 1);
      assertThat(client.inbox().expect("me").retained()).isTrue();
    }
  }
}
