package io.mosquittoha.agent.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An authority that issues certificates for tests, made with the JDK's keytool. */
public final class Certificates {

  private static final String PASSWORD = "changeit";

  private final Path store;
  private int number;

  public Certificates(Path folder) throws Exception {
    store = folder.resolve("authority.p12");
    generate("ca", "-ext", "bc:c", "-dname", "CN=authority of a test", "-validity", "30");
  }

  /** What a member's folder holds, for names such as {@code dns:member-0.service}. */
  public Path issue(Path folder, String names) throws Exception {
    return issue(folder, names, "-startdate", "-1d", "-validity", "30");
  }

  public Path issueExpired(Path folder, String names) throws Exception {
    return issue(folder, names, "-startdate", "-20d", "-validity", "10");
  }

  private Path issue(Path folder, String names, String... more) throws Exception {
    var alias = "leaf" + number++;
    var options = new ArrayList<>(List.of("-signer", "ca", "-dname", "CN=" + alias));
    options.addAll(List.of("-ext", "san=" + names));
    options.addAll(List.of(more));
    generate(alias, options.toArray(String[]::new));
    Files.createDirectories(folder);
    var keys = load();
    write(folder, "tls.crt", pem("CERTIFICATE", keys.getCertificate(alias).getEncoded()));
    write(
        folder,
        "tls.key",
        pem("PRIVATE KEY", keys.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
    write(folder, "ca.crt", pem("CERTIFICATE", authority().getEncoded()));
    return folder;
  }

  /** Puts one of what was issued ({@code leaf0}, {@code leaf1}…) into another store. */
  public void copy(String alias, KeyStore into) throws IOException, GeneralSecurityException {
    var keys = load();
    into.setKeyEntry(
        alias,
        keys.getKey(alias, PASSWORD.toCharArray()),
        new char[0],
        keys.getCertificateChain(alias));
  }

  private Certificate authority() throws IOException, GeneralSecurityException {
    return load().getCertificate("ca");
  }

  private KeyStore load() throws IOException, GeneralSecurityException {
    return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
  }

  private void generate(String alias, String... options) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-keyalg", "EC"));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD));
    command.addAll(List.of(options));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }

  static String pem(String kind, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), kind);
  }

  private static void write(Path folder, String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
