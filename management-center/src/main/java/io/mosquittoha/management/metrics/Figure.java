package io.mosquittoha.management.metrics;

import java.util.Locale;
import java.util.Optional;

/**
 * A figure that is kept for each broker. The order is that of the numbers on the disk: new ones go
 * to the end, none is ever removed or moved.
 */
public enum Figure {
  MESSAGES_IN(Group.TRAFFIC, Unit.PER_SECOND, "Messages received", "Publishes from clients"),
  MESSAGES_OUT(Group.TRAFFIC, Unit.PER_SECOND, "Messages sent", "Publishes to clients"),
  BYTES_IN(Group.TRAFFIC, Unit.BYTES_PER_SECOND, "Bytes received", "All that clients sent"),
  BYTES_OUT(Group.TRAFFIC, Unit.BYTES_PER_SECOND, "Bytes sent", "All that clients were sent"),
  DROPPED(Group.DELIVERY, Unit.PER_SECOND, "Messages dropped", "Queues were full, or limits met"),
  CONNECTED(Group.CLIENTS, Unit.COUNT, "Clients connected", "Served by the broker"),
  RELAYED(Group.CLIENTS, Unit.COUNT, "Connections relayed", "Led on to the broker that serves"),
  SESSIONS(Group.CLIENTS, Unit.COUNT, "Sessions", "Kept for clients, connected or away"),
  SUBSCRIPTIONS(Group.CLIENTS, Unit.COUNT, "Subscriptions", "Of sessions that are kept"),
  QUEUED(Group.DELIVERY, Unit.COUNT, "Messages queued", "Wait for clients that are away or slow"),
  RETAINED(Group.DELIVERY, Unit.COUNT, "Messages retained", "The last one of each topic"),
  HOLD_HALF(
      Group.REPLICATION,
      Unit.SECONDS,
      "Wait for the others, half",
      "Half of what the broker said was held no longer than that"),
  HOLD_MOST(
      Group.REPLICATION,
      Unit.SECONDS,
      "Wait for the others, 99 of 100",
      "Of what the broker said, 99 of 100 parts were held no longer than that"),
  LAG(Group.REPLICATION, Unit.BYTES, "Replication lag", "What a follower has not confirmed yet"),
  COMMITTED(
      Group.REPLICATION,
      Unit.PER_SECOND,
      "Log entries committed",
      "Changes of the state, in groups"),
  BROKER_MEMORY(Group.RESOURCES, Unit.BYTES, "Memory of the broker", "Resident; heap by $SYS"),
  AGENT_MEMORY(Group.RESOURCES, Unit.BYTES, "Memory of the agent", "Resident"),
  STATE_MEMORY(Group.RESOURCES, Unit.BYTES, "Replicated state", "Memory that it takes in an agent"),
  BROKER_CPU(Group.RESOURCES, Unit.CORES, "Processor, broker", "100 % is one whole processor"),
  AGENT_CPU(Group.RESOURCES, Unit.CORES, "Processor, agent", "100 % is one whole processor");

  /** What figures belong together on the page, in that order. */
  public enum Group {
    TRAFFIC("Traffic"),
    CLIENTS("Clients"),
    DELIVERY("Delivery"),
    REPLICATION("Replication"),
    RESOURCES("Resources");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  private final Group group;
  private final Unit unit;
  private final String title;
  private final String explanation;

  Figure(Group group, Unit unit, String title, String explanation) {
    this.group = group;
    this.unit = unit;
    this.title = title;
    this.explanation = explanation;
  }

  /** Its name in the REST interface: {@code messages-in}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public Group group() {
    return group;
  }

  public Unit unit() {
    return unit;
  }

  public String title() {
    return title;
  }

  /** A few words about what it counts. */
  public String explanation() {
    return explanation;
  }

  static Optional<Figure> of(String id) {
    for (var figure : values()) {
      if (figure.id().equals(id)) {
        return Optional.of(figure);
      }
    }
    return Optional.empty();
  }
}
