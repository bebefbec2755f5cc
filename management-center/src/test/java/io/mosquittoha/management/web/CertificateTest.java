package io.mosquittoha.management.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateTest {

  @TempDir Path folder;

  private Path certificate() {
    return folder.resolve("tls.crt");
  }

  private Path key() {
    return folder.resolve("tls.key");
  }

  /** Makes a certificate for that name, and its key as PKCS #8, or as PKCS #1 if it is RSA. */
  private void make(String name, String algorithm, boolean pkcs1) throws Exception {
    var file = folder.resolve(name + ".p12");
    var made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-dname",
                "CN=" + name,
                "-keyalg",
                algorithm,
                algorithm.equals("EC") ? "-groupname" : "-v",
                algorithm.equals("EC") ? "secp256r1" : "-v",
                "-keystore",
                file.toString(),
                "-storepass",
                "password")
            .redirectErrorStream(true)
            .start();
    made.getInputStream().readAllBytes();
    assertThat(made.waitFor()).isZero();
    var store = KeyStore.getInstance(file.toFile(), "password".toCharArray());
    var der = store.getKey("a", "password".toCharArray()).getEncoded();
    Files.writeString(
        key(),
        pkcs1
            // Its frame in PKCS #8 is 26 bytes long when the key is of 2048 bits or more.
            ? pem("RSA PRIVATE KEY", Arrays.copyOfRange(der, 26, der.length))
            : pem("PRIVATE KEY", der));
    Files.writeString(certificate(), pem("CERTIFICATE", store.getCertificate("a").getEncoded()));
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
  }

  /** The same key as SEC 1 has it, after its parameters, as openssl ecparam writes both. */
  private void rewriteAsSec1() throws Exception {
    var der =
        Base64.getMimeDecoder().decode(Files.readString(key()).replaceAll("-----.*-----", ""));
    var own =
        (ECPrivateKey) KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    var curve = "06082a8648ce3d030107";
    var number = "%064x".formatted(own.getS());
    Files.writeString(
        key(),
        pem("EC PARAMETERS", HexFormat.of().parseHex(curve))
            + pem(
                "EC PRIVATE KEY",
                HexFormat.of().parseHex("303102010104" + "20" + number + "a00a" + curve)));
  }

  private List<String> settings() {
    return List.of("certificate=" + certificate(), "certificateKey=" + key());
  }

  private static String nameAt(int port) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Anybody()}, null);
      try (var socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
        socket.startHandshake();
        var first = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return first.getSubjectX500Principal().getName();
      }
    } catch (Exception e) {
      return e.toString();
    }
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void certificate_whenItsFilesChange_thenTheNewOneIsShown_andABrokenOneIsNot() throws Exception {
    make("first", "RSA", true);
    try (var running = Running.with(folder, settings())) {
      var port = running.server().port();
      assertThat(nameAt(port)).isEqualTo("CN=first");

      make("second", "EC", false);
      await().atMost(Duration.ofSeconds(30)).until(() -> nameAt(port).equals("CN=second"));

      Files.writeString(key(), "this is no key");
      running.server().certificate().orElseThrow().look();
      assertThat(nameAt(port)).isEqualTo("CN=second");

      make("third", "RSA", false);
      await().atMost(Duration.ofSeconds(30)).until(() -> nameAt(port).equals("CN=third"));
    }
  }

  @Test
  void certificate_whenItsKeyIsWrittenAsCertManagerDoes_thenItIsShown() throws Exception {
    make("curve", "EC", false);
    rewriteAsSec1();
    try (var running = Running.with(folder, settings())) {
      assertThat(nameAt(running.server().port())).isEqualTo("CN=curve");
    }
  }

  @Test
  void answer_whenTheCenterHasACertificate_thenBrowsersAreToldToStayWithHttps() throws Exception {
    make("own", "EC", false);
    try (var running = Running.with(folder, settings())) {
      var anybody = SSLContext.getInstance("TLS");
      anybody.init(null, new TrustManager[] {new Anybody()}, null);
      var address =
          URI.create("https://127.0.0.1:%d/healthz".formatted(running.server().port())).toURL();
      var connection = (HttpsURLConnection) address.openConnection();
      connection.setSSLSocketFactory(anybody.getSocketFactory());
      connection.setHostnameVerifier((_, _) -> true);

      assertThat(connection.getHeaderField("Strict-Transport-Security")).startsWith("max-age=");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ENCRYPTED PRIVATE KEY, openssl pkey",
    "DSA PRIVATE KEY, DSA",
    "EC PRIVATE KEY, damaged",
    "RSA PRIVATE KEY, damaged",
    "PRIVATE KEY, damaged",
    "CERTIFICATE, no private key",
  })
  void certificate_whenItsKeyIsOfNoUse_thenTheStartFails_andSaysWhy(String kind, String why)
      throws Exception {
    make("first", "RSA", false);
    Files.writeString(key(), pem(kind, new byte[] {0x30, 3, 2, 1, 1}));

    assertThatThrownBy(() -> Running.with(folder, settings()))
        .isInstanceOf(Problem.class)
        .hasMessageContaining(why);
  }

  @Test
  void certificate_whenItCannotBeUsedAtTheStart_thenTheStartFails_andSaysWhy() throws Exception {
    make("first", "RSA", false);
    Files.writeString(certificate(), "this is no certificate");

    assertThatThrownBy(() -> Running.with(folder, settings()))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("tls.crt")
        .hasMessageContaining("PEM");
  }
}
