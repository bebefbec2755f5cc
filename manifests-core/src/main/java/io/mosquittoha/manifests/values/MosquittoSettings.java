package io.mosquittoha.manifests.values;

import java.util.List;

/** The lines of {@code mosquitto.conf} that most installations come to change. */
public record MosquittoSettings(
    @Value(
            value = "QoS 1 and 2 messages held for one client that is away; 0: no limit",
            minimum = 0,
            maximum = 2147483647)
        int maxQueuedMessages,
    @Value(
            value = "QoS 1 and 2 messages on their way to one client at a time; 0: no limit",
            minimum = 0,
            maximum = 65535)
        int maxInflightMessages,
    @Value(
            value = "Largest MQTT packet that is accepted, in bytes",
            minimum = 20,
            maximum = 268435455)
        int maxPacketSize,
    @Value(value = "Clients per broker; -1: no limit", minimum = -1, maximum = 2147483647)
        int maxConnections,
    @Value(
            value = "Longest keep-alive granted to a client, in seconds",
            minimum = 10,
            maximum = 65535)
        int maxKeepalive,
    @Value(value = "Topic aliases that a client may use", minimum = 0, maximum = 65535)
        int maxTopicAlias,
    @Value(
            value = "Largest payload of a message, in bytes; 0: only maxPacketSize limits it",
            minimum = 0,
            maximum = 268435455)
        int messageSizeLimit,
    @Value(
            value = "Memory that Mosquitto may allocate, in bytes; 0: the container's limit",
            minimum = 0)
        long memoryLimit,
    @Value(
            value =
                "How long the session of a client that stays away is kept (`h`, `d`, `w`, `m`,"
                    + " `y`); empty: for ever",
            pattern = "^([1-9][0-9]*[hdwmy])?$",
            example = "14d")
        String persistentClientExpiration,
    @Value(value = "Seconds between two updates of `$SYS`; 0: none", minimum = 0, maximum = 86400)
        int sysInterval,
    @Value("Clients may leave retained messages") boolean retainAvailable,
    @Value("Send small packets at once (TCP_NODELAY)") boolean setTcpNodelay,
    @Value(value = "What the broker logs", minimumItems = 1) List<LogType> logTypes,
    @Value("Log each client that comes and goes") boolean connectionMessages) {

  public MosquittoSettings {
    logTypes = Frozen.list(logTypes);
  }

  /** Kinds of log lines. */
  public enum LogType implements Choice {
    NONE,
    DEBUG,
    ERROR,
    WARNING,
    NOTICE,
    INFORMATION,
    SUBSCRIBE,
    UNSUBSCRIBE,
    WEBSOCKETS,
    INTERNAL,
    ALL;

    @Override
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  static MosquittoSettings defaults() {
    return new MosquittoSettings(
        100_000,
        20,
        16_777_216,
        -1,
        65_535,
        10,
        0,
        0,
        "",
        10,
        true,
        true,
        List.of(LogType.ERROR, LogType.WARNING, LogType.NOTICE, LogType.INFORMATION),
        true);
  }
}
