package io.mosquittoha.management.kubernetes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Kubernetes' API server.
 *
 * @param url like https://10.96.0.1:443
 * @param token file with the service account's token; read again for each request, because
 *     Kubernetes replaces it
 * @param authority file with the certificates that the server's is issued by
 */
record ApiServer(String url, Optional<Path> token, Optional<Path> authority) {

  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  /** As a pod finds it; empty where this is no pod, or one without a service account's token. */
  static Optional<ApiServer> ofPod() {
    return ofPod(System.getenv(), ACCOUNT);
  }

  static Optional<ApiServer> ofPod(Map<String, String> environment, Path account) {
    var host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    var token = account.resolve("token");
    if (host.isBlank() || !Files.isReadable(token)) {
      return Optional.empty();
    }
    var port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
    return Optional.of(
        new ApiServer(
            "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port,
            Optional.of(token),
            Optional.of(account.resolve("ca.crt"))));
  }
}
