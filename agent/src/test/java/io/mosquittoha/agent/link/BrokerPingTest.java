package io.mosquittoha.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is thought of a broker that does not answer. */
class BrokerPingTest {

  @Test
  void a_broker_that_did_much_before_and_nothing_since_is_at_rest() throws InterruptedException {
    var work = new AtomicLong(4_711);
    assertThat(BrokerPing.doesNothing(work::get, Duration.ofMillis(100))).isTrue();
  }

  @Test
  void a_broker_that_gets_on_however_slowly_is_not() throws InterruptedException {
    var looks = new AtomicLong();
    assertThat(BrokerPing.doesNothing(() -> looks.incrementAndGet() / 5, Duration.ofSeconds(20)))
        .isFalse();
    assertThat(looks).as("looks until it was seen").hasValue(5);
  }
}
