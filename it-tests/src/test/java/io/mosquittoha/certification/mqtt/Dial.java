package io.mosquittoha.certification.mqtt;

import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * How to call a broker: a value that a test varies and then {@linkplain #connect() connects} with.
 *
 * @param address what is dialled, outside the cluster
 * @param patience how long connecting and each acknowledgement may take
 */
public record Dial(
    InetSocketAddress address,
    Door door,
    MqttVersion version,
    String clientId,
    Optional<Login> login,
    Optional<X509Certificate> authority,
    Optional<Will> will,
    boolean cleanStart,
    Duration patience) {

  public static Dial to(InetSocketAddress address, Door door) {
    return new Dial(
        address,
        door,
        MqttVersion.V5,
        freshId(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        true,
        Duration.ofSeconds(10));
  }

  /** A client id that no other client of any run has. */
  public static String freshId() {
    return "certify-" + UUID.randomUUID().toString().substring(0, 13);
  }

  /** To another node. */
  public Dial withAddress(InetSocketAddress to) {
    return new Dial(to, door, version, clientId, login, authority, will, cleanStart, patience);
  }

  public Dial withVersion(MqttVersion to) {
    return new Dial(address, door, to, clientId, login, authority, will, cleanStart, patience);
  }

  public Dial withClientId(String to) {
    return new Dial(address, door, version, to, login, authority, will, cleanStart, patience);
  }

  public Dial withFreshId() {
    return withClientId(freshId());
  }

  public Dial withLogin(Login to) {
    return new Dial(
        address, door, version, clientId, Optional.of(to), authority, will, cleanStart, patience);
  }

  public Dial anonymous() {
    return new Dial(
        address, door, version, clientId, Optional.empty(), authority, will, cleanStart, patience);
  }

  /** Trusts certificates of this authority and no others. */
  public Dial withAuthority(X509Certificate to) {
    return new Dial(
        address, door, version, clientId, login, Optional.of(to), will, cleanStart, patience);
  }

  public Dial withWill(Will to) {
    return new Dial(
        address, door, version, clientId, login, authority, Optional.of(to), cleanStart, patience);
  }

  /**
   * Keeps the session on the broker when the client goes, and takes it up again when it returns.
   */
  public Dial withLastingSession() {
    return new Dial(address, door, version, clientId, login, authority, will, false, patience);
  }

  public Dial withPatience(Duration to) {
    return new Dial(address, door, version, clientId, login, authority, will, cleanStart, to);
  }

  /**
   * Connects.
   *
   * @throws MqttFailure if the broker can't be reached or refuses
   */
  public MqttConnection connect() {
    return switch (version) {
      case V3_1_1 -> new PahoV3(this);
      case V5 -> new PahoV5(this);
    };
  }

  String uri() {
    return door.uri(address.getHostString(), address.getPort());
  }
}
