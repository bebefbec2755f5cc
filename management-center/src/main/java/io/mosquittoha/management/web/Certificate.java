package io.mosquittoha.management.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificate and its key, read again when the files change. */
final class Certificate {

  private static final Logger LOG = LoggerFactory.getLogger(Certificate.class);

  private final Path certificate;
  private final Path key;
  private final SslContextFactory.Server factory = new SslContextFactory.Server();
  private byte[] last = {};

  /**
   * @throws Problem 500 if they are of no use, saying why
   */
  Certificate(Path certificate, Path key) {
    this.certificate = certificate;
    this.key = key;
    factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    factory.setKeyStorePassword("");
    // Browsers come by many names, and by a node's address.
    factory.setSniRequired(false);
    try {
      last = content();
      factory.setKeyStore(keyStore());
    } catch (IOException | GeneralSecurityException e) {
      throw new Problem(
          500,
          "The certificate %s with the key %s cannot be used: %s. Both have to be PEM files."
              .formatted(certificate, key, e.getMessage()));
    }
  }

  SslContextFactory.Server factory() {
    return factory;
  }

  /** Takes the files' new content, if there is one; what does not fit together is not taken. */
  void look() {
    try {
      var content = content();
      if (Arrays.equals(content, last)) {
        return;
      }
      var store = keyStore();
      last = content;
      factory.reload(changed -> changed.setKeyStore(store));
      LOG.info("The certificate was read again");
    } catch (Exception e) {
      LOG.warn("The new certificate can't be used, the old one stays: {}", e.getMessage());
    }
  }

  private byte[] content() throws IOException {
    var first = Files.readAllBytes(certificate);
    var second = Files.readAllBytes(key);
    var both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private KeyStore keyStore() throws IOException, GeneralSecurityException {
    var chain =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(certificate)))
            .toArray(java.security.cert.Certificate[]::new);
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("a", PrivateKeyFile.read(Files.readString(key)), new char[0], chain);
    return store;
  }
}
