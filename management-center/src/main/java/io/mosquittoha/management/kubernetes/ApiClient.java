package io.mosquittoha.management.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Asks an API server; each answer comes in time and is bounded, or it is an {@link IOException}
 * whose message says why there is none. It connects when it is asked first.
 */
final class ApiClient implements AutoCloseable {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int LARGEST = 4 << 20;
  private static final int LARGEST_REFUSAL = 64 << 10;

  /** A client for {@code https} trusts these certificates, and no others. */
  private record Trusting(byte[] authority, HttpClient http) {}

  private final ApiServer server;
  private final Duration patience;
  private @Nullable Trusting client;

  ApiClient(ApiServer server) {
    this(server, PATIENCE);
  }

  /**
   * @param patience how long one answer may take
   */
  ApiClient(ApiServer server, Duration patience) {
    this.server = server;
    this.patience = patience;
  }

  /**
   * @throws Refusal if that is what was answered
   */
  JsonNode get(String path) throws IOException, InterruptedException {
    return answer(request(path).GET());
  }

  /** As {@link #get}, and empty if there is no such object. */
  Optional<JsonNode> find(String path) throws IOException, InterruptedException {
    return unlessMissing(request(path).GET());
  }

  /** Empty if there is no such object. */
  Optional<JsonNode> delete(String path) throws IOException, InterruptedException {
    return unlessMissing(request(path).DELETE());
  }

  JsonNode create(String path, JsonNode object) throws IOException, InterruptedException {
    return answer(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(object.toString())));
  }

  /**
   * @param merge what changes, as RFC 7396 writes it
   */
  JsonNode patch(String path, JsonNode merge) throws IOException, InterruptedException {
    return answer(
        request(path)
            .header("Content-Type", "application/merge-patch+json")
            .method("PATCH", BodyPublishers.ofString(merge.toString())));
  }

  /** Text that may have no end; it has begun in time, and the caller closes it. */
  InputStream open(String path) throws IOException, InterruptedException {
    var answer =
        send(
            request(path).GET().build(),
            // A refusal is read to its end here: whoever waits for it must not wait for ever.
            head ->
                head.statusCode() / 100 == 2
                    ? BodySubscribers.ofInputStream()
                    : BodySubscribers.mapping(
                        BodySubscribers.limiting(BodySubscribers.ofByteArray(), LARGEST_REFUSAL),
                        ByteArrayInputStream::new));
    if (answer.statusCode() / 100 == 2) {
      return answer.body();
    }
    throw refusal(answer.statusCode(), answer.body().readAllBytes());
  }

  private Optional<JsonNode> unlessMissing(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    try {
      return Optional.of(answer(request));
    } catch (Refusal e) {
      if (e.status() == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private JsonNode answer(HttpRequest.Builder request) throws IOException, InterruptedException {
    var answer = send(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST));
    if (answer.statusCode() / 100 != 2) {
      throw refusal(answer.statusCode(), answer.body());
    }
    try {
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new IOException("whoever answers at %s is no API server".formatted(server.url()), e);
    }
  }

  /** What goes wrong in Kubernetes is told as an object of the kind Status. */
  private static Refusal refusal(int status, byte[] body) {
    try {
      var message = JSON.readTree(body).path("message").asText("");
      if (!message.isBlank()) {
        return new Refusal(status, message);
      }
    } catch (IOException e) {
      // From something in between, like a proxy.
    }
    return new Refusal(status, "it answered with status " + status);
  }

  private HttpRequest.Builder request(String path) throws IOException {
    var request =
        HttpRequest.newBuilder(URI.create(server.url() + path))
            .header("Accept", "application/json, */*")
            .header("User-Agent", "mosquitto-ha-management-center");
    if (server.token().isPresent()) {
      var token = server.token().get();
      try {
        // Each time: Kubernetes replaces it long before the hour is over for which it is valid.
        request.header("Authorization", "Bearer " + Files.readString(token).strip());
      } catch (IOException | IllegalArgumentException e) {
        throw new IOException("the service account's token cannot be read from " + token, e);
      }
    }
    return request;
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException, InterruptedException {
    var answer = client().sendAsync(request, body);
    try {
      // The client's own limit ends with the headers; what then falls silent must not hold us.
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "the API server did not answer within %d ms".formatted(patience.toMillis()), e);
    } catch (ExecutionException e) {
      throw new IOException(reason(e.getCause()), e);
    } finally {
      answer.cancel(true);
    }
  }

  /** The client of the JDK leaves out what an operator wants to know. */
  private String reason(@Nullable Throwable cause) {
    if (cause instanceof HttpConnectTimeoutException) {
      return "%s cannot be reached within %d seconds".formatted(server.url(), CONNECT.toSeconds());
    }
    var message = cause == null ? null : cause.getMessage();
    if (message == null) {
      return cause instanceof ConnectException
          ? "nothing listens at " + server.url()
          : String.valueOf(cause);
    }
    return message;
  }

  /** Another one when the cluster's authority was replaced; who reads from the old one, goes on. */
  private synchronized HttpClient client() throws IOException {
    var authority =
        server.authority().isEmpty() ? new byte[0] : Files.readAllBytes(server.authority().get());
    if (client == null || !Arrays.equals(authority, client.authority())) {
      var next = connect(authority);
      if (client != null) {
        client.http().shutdown();
      }
      client = new Trusting(authority, next);
    }
    return client.http();
  }

  private static HttpClient connect(byte[] authority) throws IOException {
    var client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(CONNECT)
            .executor(Executors.newVirtualThreadPerTaskExecutor());
    return authority.length == 0 ? client.build() : client.sslContext(trusting(authority)).build();
  }

  private static SSLContext trusting(byte[] authority) throws IOException {
    try {
      var store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      var number = 0;
      for (var certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(authority))) {
        store.setCertificateEntry("ca" + number++, certificate);
      }
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "the cluster's certificates (ca.crt) cannot be used: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.http().shutdownNow();
      client = null;
    }
  }
}
