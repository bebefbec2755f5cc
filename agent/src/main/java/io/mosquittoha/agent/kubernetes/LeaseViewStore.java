package io.mosquittoha.agent.kubernetes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.mosquittoha.agent.replication.View;
import io.mosquittoha.agent.replication.ViewStore;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The view in a Lease of Kubernetes. The API server replaces it only if its version is still the
 * one that is named, so that of several members one wins.
 */
public final class LeaseViewStore implements ViewStore, AutoCloseable {

  static final String ANNOTATION = "mosquitto-ha.io/view";

  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  /** An older connection may be one to a server that is gone, which it takes long to find out. */
  private static final long FRESH = TimeUnit.SECONDS.toNanos(1);

  private static final DateTimeFormatter MICROSECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final ApiServer server;
  private final String namespace;
  private final String name;
  private final Asked asked;

  /** What was prepared and not needed yet; of the thread that asks. */
  private @Nullable Socket prepared;

  private long preparedAt;

  LeaseViewStore(ApiServer server, String namespace, String name) {
    this.server = server;
    this.namespace = namespace;
    this.name = name;
    this.asked = new Asked("The Lease " + name);
  }

  /**
   * The Lease of a pod's namespace, with the pod's account.
   *
   * @throws IllegalStateException outside of a pod
   */
  public static LeaseViewStore ofPod(String namespace, String name) {
    return new LeaseViewStore(ApiServer.ofPod(System.getenv(), ACCOUNT), namespace, name);
  }

  @Override
  public void read(Consumer<Answer> answer) {
    asked.ask(this::read, answer);
  }

  @Override
  public void replace(String version, View next, Consumer<Answer> answer) {
    asked.ask(() -> replace(version, next), answer);
  }

  @Override
  public void prepare() {
    asked.run(
        () -> {
          try {
            var before = prepared;
            prepared = server.open();
            preparedAt = System.nanoTime();
            if (before != null) {
              before.close();
            }
          } catch (IOException e) {
            // Whoever asks hears of it.
          }
        });
  }

  private Socket connection() throws IOException {
    var ready = prepared;
    prepared = null;
    if (ready != null) {
      if (System.nanoTime() - preparedAt < FRESH) {
        return ready;
      }
      ready.close();
    }
    return server.open();
  }

  @Override
  public void close() {
    asked.close();
  }

  private Answer read() {
    try {
      var found = server.get(connection(), path());
      return found.status() == 200 ? view(found.body()) : refused(found, "get");
    } catch (IOException e) {
      return unavailable(e);
    }
  }

  private Answer view(byte[] body) throws IOException {
    var lease = ViewJson.JSON.readTree(body);
    var text = lease.path("metadata").path("annotations").path(ANNOTATION);
    var version = version(lease);
    if (text.isMissingNode()) {
      return new Answer.Found(Optional.empty(), version);
    }
    try {
      return new Answer.Found(Optional.of(ViewJson.read(text.asText())), version);
    } catch (IOException e) {
      return new Answer.Unavailable(
          ("its annotation %s cannot be read (%s). Restore it from a backup; without it nobody"
                  + " knows which member has everything")
              .formatted(ANNOTATION, e.getMessage()));
    }
  }

  private Answer replace(String version, View next) {
    var patch = ViewJson.JSON.createObjectNode();
    var metadata = patch.putObject("metadata");
    metadata.put("resourceVersion", version);
    metadata.putObject("annotations").put(ANNOTATION, ViewJson.write(next).toString());
    var spec = patch.putObject("spec");
    spec.put("holderIdentity", next.leader().name());
    spec.put("leaseTransitions", (int) Math.min(next.epoch(), Integer.MAX_VALUE));
    spec.put("renewTime", MICROSECONDS.format(Instant.now()));
    try {
      var found = server.patch(connection(), path(), patch.toString().getBytes(StandardCharsets.UTF_8));
      return switch (found.status()) {
        case 200 -> new Answer.Stored(version(ViewJson.JSON.readTree(found.body())));
        case 409 -> new Answer.Conflict();
        default -> refused(found, "patch");
      };
    } catch (IOException e) {
      return unavailable(e);
    }
  }

  private String path() {
    return "/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/" + name;
  }

  private static String version(JsonNode lease) throws IOException {
    var version = lease.path("metadata").path("resourceVersion").asText();
    if (version.isEmpty()) {
      throw new IOException("the API server's answer is no Lease");
    }
    return version;
  }

  private Answer refused(ApiServer.Answer answer, String verb) {
    var why =
        switch (answer.status()) {
          case 401 -> "the API server does not know this pod's service account token";
          case 403 ->
              ("the pod's service account may not %s it. Its Role needs the verb %s on leases"
                      + " (coordination.k8s.io) with the name %s")
                  .formatted(verb, verb, name);
          case 404 ->
              ("there is none in the namespace %s. The Helm chart creates it: upgrade the release,"
                      + " or create an empty Lease of that name")
                  .formatted(namespace);
          default -> "the API server answered %d".formatted(answer.status());
        };
    var message = message(answer);
    return new Answer.Unavailable(message.isEmpty() ? why : why + " (" + message + ")");
  }

  private static String message(ApiServer.Answer answer) {
    try {
      return ViewJson.JSON.readTree(answer.body()).path("message").asText();
    } catch (IOException e) {
      return "";
    }
  }

  private static Answer unavailable(IOException why) {
    if (why instanceof JsonProcessingException) {
      return new Answer.Unavailable("the API server's answer is not JSON");
    }
    return new Answer.Unavailable(
        why instanceof NoSuchFileException file
            ? "there is no file %s; the pod needs automountServiceAccountToken"
                .formatted(file.getFile())
            : why.getMessage() == null ? why.toString() : why.getMessage());
  }
}
