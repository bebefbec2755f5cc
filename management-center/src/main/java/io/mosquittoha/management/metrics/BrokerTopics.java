package io.mosquittoha.management.metrics;

import java.util.Map;
import java.util.Optional;

/** Where figures come from that no agent tells: brokers' own topics. */
@FunctionalInterface
public interface BrokerTopics {

  /**
   * What a broker publishes about itself now.
   *
   * @param broker its name
   * @return topics below {@code $SYS/broker/} without that, with their values; empty if it is not
   *     connected
   */
  Optional<Map<String, String>> of(String broker);
}
