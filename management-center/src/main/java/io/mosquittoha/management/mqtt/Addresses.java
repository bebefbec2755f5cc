package io.mosquittoha.management.mqtt;

import io.mosquittoha.management.cluster.Cluster;
import io.mosquittoha.management.cluster.Cluster.Broker;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** Where brokers are reached over MQTT: their own addresses, never HAProxy's. */
public interface Addresses {

  /** The broker that serves; empty while nobody does. */
  Optional<InetSocketAddress> serving();

  /** Each broker that serves, by ordinal. */
  List<Broker> brokers();

  /** Called when they may have changed; must not block. */
  void onChange(Runnable listener);

  /** As the cluster knows them. */
  static Addresses of(Cluster cluster) {
    return new Addresses() {
      @Override
      public Optional<InetSocketAddress> serving() {
        return cluster.serving();
      }

      @Override
      public List<Broker> brokers() {
        return cluster.brokers();
      }

      @Override
      public void onChange(Runnable listener) {
        cluster.onChange(sight -> listener.run());
      }
    };
  }
}
