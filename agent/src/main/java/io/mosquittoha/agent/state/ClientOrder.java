package io.mosquittoha.agent.state;

import java.time.Instant;
import java.util.Comparator;

/** What comes before what in a list of clients. */
final class ClientOrder {

  private static final Comparator<ClientInfo> BY_ID = Comparator.comparing(ClientInfo::id);

  private ClientOrder() {}

  static Comparator<ClientInfo> of(ClientQuery query) {
    var order =
        switch (query.order()) {
          case ID -> BY_ID;
          case USERNAME -> Comparator.comparing(ClientInfo::username);
          case ADDRESS -> Comparator.comparing(ClientInfo::address);
          case ARRIVAL, CONNECTED -> Comparator.comparing((ClientInfo it) -> !it.connected());
          case PROTOCOL -> Comparator.comparingInt(ClientInfo::protocol);
          case SINCE -> Comparator.comparing((ClientInfo it) -> it.since().orElse(Instant.MIN));
          case SUBSCRIPTIONS -> Comparator.comparingInt(ClientInfo::subscriptions);
          case QUEUED -> Comparator.comparingInt(ClientInfo::queued);
        };
    return (query.descending() ? order.reversed() : order).thenComparing(BY_ID);
  }
}
