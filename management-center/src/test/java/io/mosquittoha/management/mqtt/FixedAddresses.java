package io.mosquittoha.management.mqtt;

import io.mosquittoha.management.cluster.Cluster.Broker;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Brokers whose addresses a test sets. */
public final class FixedAddresses implements Addresses {

  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile List<Broker> brokers;

  public FixedAddresses(InetSocketAddress... addresses) {
    brokers = named(addresses);
  }

  /** Others serve from now on; broker N is {@code broker-N}. */
  public void become(InetSocketAddress... addresses) {
    brokers = named(addresses);
    listeners.forEach(Runnable::run);
  }

  private static List<Broker> named(InetSocketAddress... addresses) {
    var all = new ArrayList<Broker>();
    for (var address : addresses) {
      all.add(new Broker("broker-" + all.size(), address));
    }
    return List.copyOf(all);
  }

  @Override
  public Optional<InetSocketAddress> serving() {
    return brokers.stream().findFirst().map(Broker::mqtt);
  }

  @Override
  public List<Broker> brokers() {
    return brokers;
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }
}
