package io.mosquittoha.certification.lab;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.mosquittoha.testbed.Node;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A way to an agent's HTTP interface. Answers with status 0 mean that there was none. */
sealed interface AgentCalls {

  int PORT = 7070;
  Duration PATIENCE = Duration.ofSeconds(5);

  HttpReply call(Pod pod, String method, String path, Optional<String> token, String body);

  /**
   * From the pod's own node: it works while the Kubernetes API is away and while nodes can't hear
   * each other, and no network policy is in its way.
   */
  record FromItsNode(List<Node> nodes) implements AgentCalls {

    private static final String SCRIPT =
        """
        if command -v bash >/dev/null; then
          exec timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/7070" || exit 7; printf "%s" "$1" >&3; cat <&3' "$0" "$1"
        fi
        printf '%s' "$1" | timeout 5 nc "$0" 7070
        """;

    @Override
    public HttpReply call(
        Pod pod, String method, String path, Optional<String> token, String body) {
      var address = pod.getStatus().getPodIP();
      var node =
          nodes.stream().filter(one -> one.name().equals(pod.getSpec().getNodeName())).findAny();
      if (address == null || node.isEmpty()) {
        return new HttpReply(0, "");
      }
      var request =
          "%s %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: close\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(
                  method,
                  path,
                  address,
                  PORT,
                  token.map("Authorization: Bearer %s\r\n"::formatted).orElse(""),
                  body.getBytes(StandardCharsets.UTF_8).length,
                  body);
      try {
        return HttpReply.parse(node.get().exec("sh", "-c", SCRIPT, address, request).stdout());
      } catch (RuntimeException e) {
        return new HttpReply(0, ""); // The node is stopped.
      }
    }
  }

  /** Through the Kubernetes API, on whatever cluster. */
  record ByPortForward(KubernetesClient kubernetes) implements AgentCalls {

    @Override
    public HttpReply call(
        Pod pod, String method, String path, Optional<String> token, String body) {
      try (var forward = kubernetes.pods().resource(pod).portForward(PORT);
          var client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
        var request =
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:%d%s".formatted(forward.getLocalPort(), path)))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        token.ifPresent(secret -> request.header("Authorization", "Bearer " + secret));
        var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new HttpReply(answer.statusCode(), answer.body());
      } catch (IOException | KubernetesClientException e) {
        return new HttpReply(0, "");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while an agent was asked", e);
      }
    }
  }
}
