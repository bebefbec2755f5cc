package io.mosquittoha.management.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mosquittoha.management.web.Problem;
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
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How agents and HAProxies are spoken to: always for a bounded time, and a bounded answer. */
final class AgentPort implements AutoCloseable {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int LARGEST = 32 << 20;

  private final Path tokenFile;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();

  /**
   * @param tokenFile what agents want to be shown with orders; read each time, so that a new one
   *     counts at once
   */
  AgentPort(Path tokenFile) {
    this.tokenFile = tokenFile;
  }

  /** The body of a 200. */
  byte[] get(URI from, Duration patience) throws IOException, InterruptedException {
    var answer = send(HttpRequest.newBuilder(from).build(), patience);
    if (answer.statusCode() != 200) {
      throw new IOException("it answers with status " + answer.statusCode());
    }
    return answer.body();
  }

  /**
   * A question on behalf of somebody.
   *
   * @throws Problem 503 if there is no answer, or what the agent itself objects
   */
  JsonNode ask(URI from, Duration patience) {
    return answer(HttpRequest.newBuilder(from).build(), patience);
  }

  /**
   * An order on behalf of somebody; it shows the token.
   *
   * @throws Problem 503 if there is no answer, or what the agent itself objects
   */
  JsonNode order(String method, URI to, String json, Duration patience) {
    var request =
        HttpRequest.newBuilder(to)
            .header("Authorization", "Bearer " + token())
            .header("Content-Type", "application/json")
            .method(
                method, json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json))
            .build();
    return answer(request, patience);
  }

  /** A stream of events; the caller closes it. */
  InputStream events(URI from, Duration patience) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(from).header("Accept", "text/event-stream").build();
    var answer = within(http.sendAsync(request, BodyHandlers.ofInputStream()), patience);
    if (answer.statusCode() != 200) {
      answer.body().close();
      throw new IOException("it answers with status " + answer.statusCode());
    }
    return answer.body();
  }

  private HttpResponse<byte[]> send(HttpRequest request, Duration patience)
      throws IOException, InterruptedException {
    return within(
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST)),
        patience);
  }

  /** The client's own limit ends with the headers; one that then falls silent must not hold us. */
  private static <T> T within(CompletableFuture<T> answer, Duration patience)
      throws IOException, InterruptedException {
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("it does not answer within %d ms".formatted(patience.toMillis()), e);
    } catch (ExecutionException e) {
      throw new IOException(
          e.getCause() instanceof IOException io ? reason(io) : e.getCause().toString(), e);
    } finally {
      answer.cancel(true);
    }
  }

  /** The client of the JDK leaves out what an operator wants to know. */
  private static String reason(IOException e) {
    if (e.getCause() instanceof UnresolvedAddressException) {
      return "DNS does not know its name";
    }
    if (e instanceof HttpConnectTimeoutException) {
      return "it cannot be reached within a second";
    }
    var message = e.getMessage();
    if (e instanceof ConnectException && message == null) {
      return "nothing listens there";
    }
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private JsonNode answer(HttpRequest request, Duration patience) {
    var who = request.uri().getAuthority();
    try {
      var answer = send(request, patience);
      var body = answer.body().length == 0 ? JSON.createObjectNode() : read(answer.body());
      if (answer.statusCode() / 100 == 2) {
        return body;
      }
      throw new Problem(status(answer.statusCode()), detail(who, answer.statusCode(), body));
    } catch (IOException e) {
      throw new Problem(
          503,
          "The agent %s gave no answer: %s. Look at the cluster, and try again."
              .formatted(who, reason(e)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "The management center is stopping.");
    }
  }

  private static JsonNode read(byte[] body) throws IOException {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new IOException("that is no JSON", e);
    }
  }

  /** What an agent thinks of this application's token is nothing that the visitor did. */
  private static int status(int status) {
    return switch (status) {
      case 400, 404, 409 -> status;
      case 401, 403 -> 502;
      default -> 503;
    };
  }

  private static String detail(String who, int status, JsonNode body) {
    var detail = body.path("detail").asText("status " + status);
    return status == 401 || status == 403
        ? ("The agent %s does not take the token that this application has: %s The chart gives both"
                + " the same Secret; restart whichever has an old one.")
            .formatted(who, detail)
        : detail;
  }

  private String token() {
    try {
      return Files.readString(tokenFile).strip();
    } catch (IOException e) {
      throw new Problem(
          502,
          "The agents' token cannot be read from %s, so nothing can be ordered: the chart mounts it"
                  .formatted(tokenFile)
              + " from the release's Secret; look at the pod's volumes.");
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
