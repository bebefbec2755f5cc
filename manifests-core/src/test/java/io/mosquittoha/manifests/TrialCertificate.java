package io.mosquittoha.manifests;

import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** A certificate, as the chart makes it for a trial: HAProxy checks the files that it names. */
final class TrialCertificate {

  private static final Secret SECRET =
      Rendering.of(
              SingleNode.defaults()
                  .withTls(
                      io.mosquittoha.manifests.values.Certificates.defaults()
                          .selfSigned(java.util.List.of(), java.util.List.of())),
              Release.named("plant"))
          .all(Secret.class)
          .stream()
          .filter(secret -> secret.getData().containsKey("tls.crt"))
          .findAny()
          .orElseThrow();

  private TrialCertificate() {}

  /** The files as they are mounted in the HAProxy pods. */
  static void writeTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    write("tls.crt", folder.resolve("tls.pem"));
    write("tls.key", folder.resolve("tls.pem.key"));
    write("ca.crt", folder.resolve("ca.pem"));
  }

  private static void write(String key, Path file) throws IOException {
    var pem = Base64.getDecoder().decode(SECRET.getData().get(key));
    Files.writeString(file, new String(pem, StandardCharsets.UTF_8));
  }
}
