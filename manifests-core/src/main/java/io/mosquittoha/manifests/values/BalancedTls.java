package io.mosquittoha.manifests.values;

/** TLS where HAProxy stands between clients and brokers. */
public record BalancedTls(
    @Value("Where TLS ends: `edge` at HAProxy, `passthrough` at the broker, `reencrypt` at both")
        Mode mode,
    @Inline Certificates certificates) {

  /** Where TLS ends. */
  public enum Mode implements Choice {
    EDGE,
    PASSTHROUGH,
    REENCRYPT;

    @Override
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  public static BalancedTls defaults() {
    return new BalancedTls(Mode.EDGE, Certificates.defaults());
  }
}
