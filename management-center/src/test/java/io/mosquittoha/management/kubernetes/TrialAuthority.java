package io.mosquittoha.management.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate that has issued itself, for some address. */
final class TrialAuthority {

  private static final char[] PASSWORD = "password".toCharArray();

  private final KeyStore store;

  /**
   * @param names like {@code ip:127.0.0.1}
   */
  TrialAuthority(Path folder, String names)
      throws IOException, InterruptedException, GeneralSecurityException {
    var file = Files.createTempDirectory(folder, "authority").resolve("store.p12");
    var made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-dname",
                "CN=kubernetes",
                "-keyalg",
                "EC",
                "-ext",
                "SAN=" + names,
                "-keystore",
                file.toString(),
                "-storepass",
                String.valueOf(PASSWORD))
            .redirectErrorStream(true)
            .start();
    var said = new String(made.getInputStream().readAllBytes());
    if (made.waitFor() != 0) {
      throw new IOException(said);
    }
    store = KeyStore.getInstance(file.toFile(), PASSWORD);
  }

  /** What a server shows. */
  SSLContext server() throws GeneralSecurityException {
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  /** As {@code ca.crt}. */
  String pem() throws GeneralSecurityException {
    return "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"
        .formatted(
            Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(store.getCertificate("a").getEncoded()));
  }
}
