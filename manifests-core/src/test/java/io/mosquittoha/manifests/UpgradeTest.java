package io.mosquittoha.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an upgrade finds in the cluster, and what becomes of it. */
class UpgradeTest {

  private static final Release RELEASE = Release.named("plant");
  private static final String PEER = "plant-mosquitto-ha-peer";
  private static final String AUTHORITY = "plant-mosquitto-ha-peer-authority";
  private static final String RENEW_AFTER = "mosquitto-ha.io/renew-after";
  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  @ParameterizedTest
  @EnumSource(Chart.class)
  void keeps_every_secret_and_restarts_nothing(Chart chart) {
    var installed = Rendering.of(chart, "{}", RELEASE);
    var upgraded = upgrade(chart, "{}", installed);
    assertThat(secrets(upgraded)).isEqualTo(secrets(installed)).isNotEmpty();
    assertThat(sums(upgraded)).isEqualTo(sums(installed)).isNotEmpty();
  }

  @Test
  void renews_the_peers_certificate_in_time_with_the_authority_that_signed_the_old_one()
      throws GeneralSecurityException {
    var installed = Rendering.of(Chart.HIGH_AVAILABILITY, "{}", RELEASE);
    var old = installed.one(Secret.class, PEER);
    old.getMetadata().getAnnotations().put(RENEW_AFTER, secondsFromNow(-60));
    var upgraded = upgrade(Chart.HIGH_AVAILABILITY, "{}", installed);
    var renewed = upgraded.one(Secret.class, PEER);
    assertThat(renewed.getData().get("tls.crt")).isNotEqualTo(old.getData().get("tls.crt"));
    assertThat(renewed.getData().get("ca.crt")).isEqualTo(old.getData().get("ca.crt"));
    assertThat(upgraded.one(Secret.class, AUTHORITY).getData())
        .isEqualTo(installed.one(Secret.class, AUTHORITY).getData());
    assertTrusts(old, renewed);
    assertTrusts(renewed, old);
    assertThat(Long.parseLong(renewed.getMetadata().getAnnotations().get(RENEW_AFTER)))
        .isGreaterThan(Instant.now().getEpochSecond());
    assertThat(sums(upgraded)).isEqualTo(sums(installed));
  }

  @Test
  void renews_the_authority_in_time_and_goes_on_trusting_the_old_one()
      throws GeneralSecurityException {
    var installed = Rendering.of(Chart.HIGH_AVAILABILITY, "{}", RELEASE);
    installed
        .one(Secret.class, AUTHORITY)
        .getMetadata()
        .getAnnotations()
        .put(RENEW_AFTER, secondsFromNow(-60));
    var old = installed.one(Secret.class, PEER);
    var renewed = upgrade(Chart.HIGH_AVAILABILITY, "{}", installed).one(Secret.class, PEER);
    assertThat(authorities(renewed)).hasSize(2);
    assertTrusts(renewed, renewed);
    assertTrusts(renewed, old);
  }

  @Test
  void makes_another_certificate_for_other_names_with_the_same_authority()
      throws GeneralSecurityException {
    var installed = Rendering.of(Chart.HIGH_AVAILABILITY, "{}", RELEASE);
    var values = "clusterDomain: plant.example.com";
    var renewed = upgrade(Chart.HIGH_AVAILABILITY, values, installed).one(Secret.class, PEER);
    assertThat(certificate(renewed).getSubjectAlternativeNames())
        .contains(List.of(2, "*.plant-mosquitto-ha-headless.mqtt.svc.plant.example.com"));
    assertTrusts(installed.one(Secret.class, PEER), renewed);
  }

  @Test
  void trusts_no_certificate_of_another_release() {
    var one = Rendering.of(Chart.HIGH_AVAILABILITY, "{}", RELEASE).one(Secret.class, PEER);
    var other = Rendering.of(Chart.HIGH_AVAILABILITY, "{}", RELEASE).one(Secret.class, PEER);
    assertThatThrownBy(() -> assertTrusts(one, other)).isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @EnumSource(Chart.class)
  void is_refused_while_the_secret_of_the_accounts_lacks_that_of_the_management_center(
      Chart chart) {
    var values = "security: {existingSecret: mqtt-accounts}";
    assertThatExceptionOfType(RenderingException.class)
        .isThrownBy(() -> over(chart, values, accounts("admin", "mqtt")))
        .withMessageContaining(
            "security.existingSecret: Secret mqtt-accounts has no key management-center");
    assertThatCode(() -> over(chart, values, accounts("admin", "mqtt", "management-center")))
        .doesNotThrowAnyException();
    assertThatCode(() ->
            over(chart, values + "\nmanagementCenter: {enabled: false}", accounts("admin", "mqtt")))
        .doesNotThrowAnyException();
  }

  @Test
  void restarts_the_management_center_for_another_password_of_its_account_only() {
    var values = "security: {existingSecret: mqtt-accounts}";
    var before = accounts("admin", "mqtt", "management-center");
    var mqttChanged = accounts("admin", "mqtt", "management-center");
    put(mqttChanged, "mqtt", "b3RoZXI=");
    var ownChanged = accounts("admin", "mqtt", "management-center");
    put(ownChanged, "management-center", "b3RoZXI=");
    assertThat(centerSums(values, mqttChanged)).isEqualTo(centerSums(values, before));
    assertThat(centerSums(values, ownChanged)).isNotEqualTo(centerSums(values, before));
  }

  private static Map<String, String> centerSums(
      String values, Map<String, Map<String, Object>> secrets) {
    var annotations =
        new LinkedHashMap<>(
            over(Chart.AUTOSCALING, values, secrets)
                .one(Deployment.class, "plant-mosquitto-ha-autoscaling-management-center")
                .getSpec()
                .getTemplate()
                .getMetadata()
                .getAnnotations());
    annotations.remove("checksum/login"); // Made anew each time, for it is not in the cluster here.
    return annotations;
  }

  private static Rendering over(
      Chart chart, String values, Map<String, Map<String, Object>> secrets) {
    var yaml = HelmTemplate.renderOver(Charts.find(), chart, Yaml.read(values), RELEASE, secrets);
    return Rendering.parse(chart, RELEASE, yaml);
  }

  /** The Secret of a person's own, with a password for each of these accounts. */
  private static Map<String, Map<String, Object>> accounts(String... names) {
    var secrets = new LinkedHashMap<String, Map<String, Object>>();
    secrets.put("mqtt-accounts", new LinkedHashMap<>());
    for (var name : names) {
      put(secrets, name, "cGFzc3dvcmQ=");
    }
    return secrets;
  }

  private static void put(Map<String, Map<String, Object>> secrets, String key, String password) {
    var secret = secrets.get("mqtt-accounts");
    var data = new LinkedHashMap<String, Object>();
    if (secret.get("data") instanceof Map<?, ?> present) {
      present.forEach((name, value) -> data.put(String.valueOf(name), value));
    }
    data.put(key, password);
    secret.put("apiVersion", "v1");
    secret.put("kind", "Secret");
    secret.put("data", data);
  }

  private static Rendering upgrade(Chart chart, String values, Rendering installed) {
    var secrets = new LinkedHashMap<String, Map<String, Object>>();
    for (var secret : installed.all(Secret.class)) {
      secrets.put(secret.getMetadata().getName(), Yaml.read(SERIALIZATION.asYaml(secret)));
    }
    return over(chart, values, secrets);
  }

  private static Map<String, Map<String, String>> secrets(Rendering rendering) {
    var secrets = new LinkedHashMap<String, Map<String, String>>();
    rendering
        .all(Secret.class)
        .forEach(secret -> secrets.put(secret.getMetadata().getName(), secret.getData()));
    return secrets;
  }

  /** What restarts brokers when it changes. */
  private static Map<String, String> sums(Rendering rendering) {
    return rendering
        .one(StatefulSet.class, rendering.fullName())
        .getSpec()
        .getTemplate()
        .getMetadata()
        .getAnnotations();
  }

  private static String secondsFromNow(int seconds) {
    return String.valueOf(Instant.now().plusSeconds(seconds).getEpochSecond());
  }

  /** Whoever has the one Secret takes the certificate of the other for a peer's. */
  private static void assertTrusts(Secret who, Secret whom) throws GeneralSecurityException {
    var certificate = certificate(whom);
    assertThat(authorities(who))
        .as("an authority of %s that signed %s", who.getMetadata().getName(), certificate)
        .anySatisfy(authority ->
            assertThatCode(() -> certificate.verify(authority.getPublicKey()))
                .doesNotThrowAnyException());
    assertThat(certificate.getExtendedKeyUsage())
        .contains("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
  }

  private static X509Certificate certificate(Secret secret) throws GeneralSecurityException {
    return certificates(secret, "tls.crt").getFirst();
  }

  private static List<X509Certificate> authorities(Secret secret) throws GeneralSecurityException {
    return certificates(secret, "ca.crt");
  }

  private static List<X509Certificate> certificates(Secret secret, String key)
      throws GeneralSecurityException {
    var pem = new ByteArrayInputStream(Base64.getDecoder().decode(secret.getData().get(key)));
    return CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
        .map(X509Certificate.class::cast)
        .toList();
  }
}
