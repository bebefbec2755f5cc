package io.mosquittoha.manifests.values;

import java.util.List;

/** TLS for clients, where it comes from and how strict it is. */
public record Certificates(
    @Value("Serve TLS; set exactly one of the three sources below") boolean enabled,
    @Value(
            value = "Source 1: a Secret with tls.crt, tls.key and, for client certificates, ca.crt",
            pattern = Patterns.NAME,
            example = "mqtt-example-com-tls")
        String existingSecret,
    @Value("Source 2: cert-manager") CertManager certManager,
    @Value("Source 3: self-signed, for a trial") SelfSigned selfSigned,
    @Value("Oldest version of TLS that is accepted") Version minimumVersion,
    @Value("Certificates of clients") ClientCertificates clientCertificates,
    @Value("Keep the listeners without TLS open beside the ones with it") boolean plainListener) {

  /** A Certificate that cert-manager issues and renews. */
  public record CertManager(
      @Value("Ask cert-manager for a certificate") boolean enabled,
      @Value("Who issues it") IssuerRef issuerRef,
      @Value(value = "How long it is valid", pattern = Patterns.GO_DURATION, example = "2160h")
          String duration,
      @Value(
              value = "How long before its end it is renewed",
              pattern = Patterns.GO_DURATION,
              example = "720h")
          String renewBefore,
      @Value(
              value = "Names by which it is reached, beside the Service's own",
              pattern = Patterns.HOST,
              example = "mqtt.example.com")
          List<String> dnsNames,
      @Value(
              value = "Addresses by which it is reached",
              pattern = Patterns.IP_ADDRESS,
              example = "192.0.2.7")
          List<String> ipAddresses) {

    public CertManager {
      dnsNames = Frozen.list(dnsNames);
      ipAddresses = Frozen.list(ipAddresses);
    }

    static CertManager defaults() {
      return new CertManager(
          false,
          new IssuerRef("", "Issuer", "cert-manager.io"),
          "2160h",
          "720h",
          List.of(),
          List.of());
    }
  }

  /** An issuer of cert-manager. */
  public record IssuerRef(
      @Value(value = "Name of the issuer", pattern = Patterns.NAME, example = "letsencrypt")
          String name,
      @Value(
              value = "Issuer, ClusterIssuer or the kind of an external issuer",
              pattern = "^[A-Z][A-Za-z0-9]*$",
              example = "ClusterIssuer")
          String kind,
      @Value(
              value = "API group of the issuer",
              pattern = Patterns.DOMAIN,
              example = "cert-manager.io")
          String group) {}

  /** A certificate that Helm makes itself. */
  public record SelfSigned(
      @Value("Make a self-signed certificate and keep it over upgrades") boolean enabled,
      @Value(value = "Days that it is valid", minimum = 1, maximum = 36500) int validityDays,
      @Value(
              value = "Names by which it is reached, beside the Service's own",
              pattern = Patterns.HOST,
              example = "mqtt.example.com")
          List<String> dnsNames,
      @Value(
              value = "Addresses by which it is reached",
              pattern = Patterns.IP_ADDRESS,
              example = "192.0.2.7")
          List<String> ipAddresses) {

    public SelfSigned {
      dnsNames = Frozen.list(dnsNames);
      ipAddresses = Frozen.list(ipAddresses);
    }

    static SelfSigned defaults() {
      return new SelfSigned(false, 365, List.of(), List.of());
    }
  }

  /** Versions of TLS that are still safe. */
  public enum Version implements Choice {
    TLS_1_2("TLSv1.2"),
    TLS_1_3("TLSv1.3");

    private final String word;

    Version(String word) {
      this.word = word;
    }

    @Override
    public String word() {
      return word;
    }
  }

  /** Whether clients show a certificate. */
  public record ClientCertificates(
      @Value("Refuse clients without a certificate that `ca.crt` of the Secret has signed")
          boolean required) {}

  public static Certificates defaults() {
    return new Certificates(
        false,
        "",
        CertManager.defaults(),
        SelfSigned.defaults(),
        Version.TLS_1_2,
        new ClientCertificates(false),
        true);
  }

  /** TLS with the certificate of a Secret. */
  public Certificates fromSecret(String name) {
    return new Certificates(
        true, name, certManager, selfSigned, minimumVersion, clientCertificates, plainListener);
  }

  /** TLS with a certificate that Helm makes, for these further names and addresses. */
  public Certificates selfSigned(List<String> dnsNames, List<String> ipAddresses) {
    return new Certificates(
        true,
        existingSecret,
        certManager,
        new SelfSigned(true, selfSigned.validityDays(), dnsNames, ipAddresses),
        minimumVersion,
        clientCertificates,
        plainListener);
  }
}
