package io.mosquittoha.management.kubernetes;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.Settings.Variant;
import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** {@link Workload} by the API server, which is asked nothing before somebody wants to know. */
public final class KubernetesWorkload implements Workload {

  private static final String CONTAINER = "broker";
  private static final Duration LOG_PATIENCE = Duration.ofSeconds(20);

  private final Settings settings;
  private final Optional<ApiClient> api;
  private final Pattern pods;

  /** Asks nobody yet. */
  public KubernetesWorkload(Settings settings) {
    this(settings, ApiServer.ofPod());
  }

  KubernetesWorkload(Settings settings, Optional<ApiServer> server) {
    this.settings = settings;
    api = server.filter(it -> !settings.namespace().isEmpty()).map(ApiClient::new);
    pods = Pattern.compile(Pattern.quote(settings.statefulSet()) + "-\\d{1,4}");
  }

  @Override
  public Size size() {
    var set =
        ask("get statefulsets", it -> it.find(set()))
            .orElseThrow(() ->
                new Problem(
                    404,
                    "There is no StatefulSet %s in the namespace %s: was the release removed?"
                        .formatted(settings.statefulSet(), settings.namespace())));
    return SizeRule.size(
        settings.variant(),
        set.path("spec").path("replicas").asInt(1),
        set.path("status").path("readyReplicas").asInt(0),
        ask("list horizontalpodautoscalers", this::autoscaler));
  }

  /** One that this may not look for is taken not to be there: the variant says if there is one. */
  private Optional<SizeRule.Autoscaler> autoscaler(ApiClient with) throws InterruptedException {
    try {
      var all = with.get(inNamespace("/apis/autoscaling/v2", "horizontalpodautoscalers"));
      for (var scaler : all.path("items")) {
        var spec = scaler.path("spec");
        var target = spec.path("scaleTargetRef");
        if (target.path("kind").asText("").equals("StatefulSet")
            && target.path("name").asText("").equals(settings.statefulSet())) {
          return Optional.of(
              new SizeRule.Autoscaler(
                  scaler.path("metadata").path("name").asText(""),
                  spec.path("minReplicas").asInt(1),
                  spec.path("maxReplicas").asInt()));
        }
      }
    } catch (IOException e) {
      // Said above.
    }
    return Optional.empty();
  }

  @Override
  public void scale(int brokers) {
    SizeRule.check(size(), brokers);
    var change = object();
    change.putObject("spec").put("replicas", brokers);
    ask("patch statefulsets/scale", it -> it.patch(set() + "/scale", change));
  }

  @Override
  public void restart(String pod) {
    var path = path(pod);
    ask("delete pods", it -> it.delete(path)).orElseThrow(() -> missing(pod));
  }

  @Override
  public PodFacts pod(String name) {
    var path = path(name);
    return PodFacts.read(
        ask("get pods", it -> it.find(path)).orElseThrow(() -> missing(name)), CONTAINER);
  }

  @Override
  public PodLog log(String pod, int lines, boolean previous) {
    var most = Math.clamp(lines, 1, PodLog.MOST_LINES);
    var late =
        new CompletableFuture<Void>()
            .completeOnTimeout(null, LOG_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    try (var text = openLog(pod, "&tailLines=%d&previous=%b".formatted(most, previous))) {
      // Its end may never come, and then this would be waited for.
      late.thenRun(() -> close(text));
      return PodLog.read(text, most);
    } catch (IOException e) {
      throw new Problem(
          503,
          "The log could not be read to its end: "
              + (late.isDone() ? "Kubernetes is too slow. Ask for fewer lines." : e.getMessage()));
    } finally {
      late.cancel(true);
    }
  }

  private static void close(InputStream text) {
    try {
      text.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Following follow(String pod, int before, Consumer<String> line, Runnable end) {
    var most = Math.clamp(before, 0, PodLog.MOST_LINES);
    return new FollowedLog(openLog(pod, "&follow=true&tailLines=" + most), line, end);
  }

  private InputStream openLog(String pod, String query) {
    var path = path(pod) + "/log?container=" + CONTAINER + query;
    return ask("get pods/log", it -> it.open(path));
  }

  @Override
  public List<Permission> permissions() {
    var all = new ArrayList<Permission>();
    all.add(permission("see how many brokers there are", "get", "apps", "statefulsets", ""));
    // What a variant has no use for its chart does not grant: nobody misses it.
    if (settings.variant() == Variant.HA) {
      all.add(permission("change how many there are", "patch", "apps", "statefulsets", "scale"));
    }
    if (settings.variant() != Variant.SINGLE) {
      all.add(
          permission(
              "see whether an autoscaler decides",
              "list",
              "autoscaling",
              "horizontalpodautoscalers",
              ""));
    }
    all.add(permission("show a broker's pod", "get", "", "pods", ""));
    all.add(permission("restart a broker", "delete", "", "pods", ""));
    all.add(permission("show a broker's log", "get", "", "pods", "log"));
    return List.copyOf(all);
  }

  private Permission permission(
      String action, String verb, String group, String resource, String part) {
    var rule = verb + " " + resource + (part.isEmpty() ? "" : "/" + part);
    var name =
        resource.equals("statefulsets")
            ? settings.statefulSet()
            : resource.equals("pods") ? settings.statefulSet() + "-0" : "";
    var review = object();
    review
        .put("apiVersion", "authorization.k8s.io/v1")
        .put("kind", "SelfSubjectAccessReview")
        .putObject("spec")
        .putObject("resourceAttributes")
        .put("namespace", settings.namespace())
        .put("verb", verb)
        .put("group", group)
        .put("resource", resource)
        .put("subresource", part)
        .put("name", name);
    try {
      var answer =
          ask(
              "create selfsubjectaccessreviews",
              it -> it.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review));
      var granted = answer.path("status").path("allowed").asBoolean();
      return new Permission(action, rule, granted, granted ? "" : denied(rule));
    } catch (Problem problem) {
      return new Permission(action, rule, false, String.valueOf(problem.getMessage()));
    }
  }

  @Override
  public void close() {
    api.ifPresent(ApiClient::close);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private String inNamespace(String group, String resource) {
    return "%s/namespaces/%s/%s".formatted(group, settings.namespace(), resource);
  }

  private String set() {
    return inNamespace("/apis/apps/v1", "statefulsets/" + settings.statefulSet());
  }

  /** Of a pod whose name may become a part of an address. */
  private String path(String pod) {
    if (!pods.matcher(pod).matches()) {
      throw missing(pod);
    }
    return inNamespace("/api/v1", "pods/" + pod);
  }

  private Problem missing(String pod) {
    return new Problem(
        404,
        "There is no pod %s in the namespace %s now. If it is being made anew, try again in some"
                .formatted(pod, settings.namespace())
            + " seconds.");
  }

  private String denied(String rule) {
    return ("This application may not %s in the namespace %s. Give its ServiceAccount that"
            + " permission: the chart's Role has it.")
        .formatted(rule, settings.namespace());
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask(ApiClient with) throws IOException, InterruptedException;
  }

  private <T> T ask(String rule, Question<T> question) {
    var with =
        api.orElseThrow(() ->
            new Problem(
                501,
                "This application was given no access to Kubernetes (no namespace, or no service"
                    + " account's token), so it cannot do that here: use kubectl."));
    try {
      return question.ask(with);
    } catch (Refusal e) {
      throw switch (e.status()) {
        case 401 ->
            new Problem(
                503,
                "Kubernetes does not accept this application's token. Does its ServiceAccount still"
                    + " exist?");
        case 403 -> new Problem(503, denied(rule));
        case 404 -> new Problem(404, "Kubernetes does not have that: " + e.getMessage());
        case 400, 409, 422 -> new Problem(409, "Kubernetes refuses it: " + e.getMessage());
        default -> failed(rule, e);
      };
    } catch (IOException e) {
      throw failed(rule, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(503, "This application is being stopped.");
    }
  }

  private static Problem failed(String rule, IOException e) {
    return new Problem(503, "Kubernetes did not do it (%s): %s".formatted(rule, e.getMessage()));
  }
}
