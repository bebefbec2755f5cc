package io.mosquittoha.manifests.values;

/** How brokers keep each other's state. */
public record Replication(
    @Value(
            "`sync`: what a client gets an answer to is on the followers too; `async`: a failover"
                + " may lose the last moment")
        Mode mode,
    @Value(
            value =
                "Brokers, the leader among them, that must have a change before it is acknowledged;"
                    + " for mode `sync`",
            minimum = 1,
            maximum = FixedBrokers.MOST)
        int minInSync,
    @Value(
            value = "Time between two signs of life of the leader",
            pattern = Patterns.TIME,
            example = "100ms")
        String heartbeat,
    @Value(
            value = "Silence of its followers after which a leader stops serving",
            pattern = Patterns.TIME,
            example = "500ms")
        String lease,
    @Value(
            value = "Silence of the leader after which a follower takes over",
            pattern = Patterns.TIME,
            example = "800ms")
        String takeover,
    @Value(
            value = "Wait for the better placed follower when the leader's connection has ended",
            pattern = Patterns.TIME,
            example = "20ms")
        String grace,
    @Value(
            value =
                "How long a broker without any state waits for the others at the very first start",
            pattern = Patterns.TIME,
            example = "3s")
        String formation,
    @Value(
            value = "Changes that may wait for followers before the broker has to wait too",
            pattern = Patterns.BYTES,
            example = "16MiB")
        String lagLimit,
    @Value("Certificates by which agents know each other") PeerTls tls) {

  /** What an acknowledgement means. */
  public enum Mode implements Choice {
    SYNC,
    ASYNC;

    @Override
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Mutual TLS between agents: made by the chart unless one of two others is named. */
  public record PeerTls(
      @Value(
              value = "A Secret with tls.crt, tls.key and the ca.crt that signs no one else",
              pattern = Patterns.NAME,
              example = "mqtt-peers-tls")
          String existingSecret,
      @Value("cert-manager") PeerCertManager certManager,
      @Value(
              value = "Days that a certificate of the chart's own is valid",
              minimum = 1,
              maximum = 3650)
          int validityDays) {}

  /** A Certificate that cert-manager issues and renews. */
  public record PeerCertManager(
      @Value("Ask cert-manager for the certificate") boolean enabled,
      @Value("Who issues it; one that issues nothing else") Certificates.IssuerRef issuerRef,
      @Value(value = "How long it is valid", pattern = Patterns.GO_DURATION, example = "2160h")
          String duration,
      @Value(
              value = "How long before its end it is renewed",
              pattern = Patterns.GO_DURATION,
              example = "720h")
          String renewBefore) {}

  public static Replication defaults() {
    return new Replication(
        Mode.SYNC,
        2,
        "100ms",
        "500ms",
        "800ms",
        "20ms",
        "3s",
        "16MiB",
        new PeerTls(
            "",
            new PeerCertManager(
                false,
                new Certificates.IssuerRef("", "Issuer", "cert-manager.io"),
                "2160h",
                "720h"),
            365));
  }
}
