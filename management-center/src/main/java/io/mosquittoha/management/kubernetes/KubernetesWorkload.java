package io.mosquittoha.management.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.ResourceAttributesBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.mosquittoha.management.Settings;
import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@link Workload} by fabric8's client, which is made when something is asked for the first time.
 */
public final class KubernetesWorkload implements Workload {

  private static final String CONTAINER = "broker";
  private static final int CONNECT_MILLIS = 2_000;
  private static final int REQUEST_MILLIS = 5_000;
  private static final int MOST_COMPLAINT = 64 << 10;

  private final Settings settings;
  private final Optional<ApiServer> server;
  private final Pattern pods;
  private @Nullable KubernetesClient client;

  /** Asks nobody yet. */
  public KubernetesWorkload(Settings settings) {
    this(settings, ApiServer.ofPod());
  }

  KubernetesWorkload(Settings settings, Optional<ApiServer> server) {
    this.settings = settings;
    this.server = settings.namespace().isEmpty() ? Optional.empty() : server;
    pods = Pattern.compile(Pattern.quote(settings.statefulSet()) + "-\\d{1,4}");
  }

  @Override
  public Size size() {
    var set =
        ask(
            "get statefulsets",
            it ->
                it.apps()
                    .statefulSets()
                    .inNamespace(settings.namespace())
                    .withName(settings.statefulSet())
                    .get());
    if (set == null) {
      throw new Problem(
          404,
          "There is no StatefulSet %s in the namespace %s: was the release removed?"
              .formatted(settings.statefulSet(), settings.namespace()));
    }
    var wanted = set.getSpec().getReplicas();
    var status = set.getStatus();
    var ready = status == null ? null : status.getReadyReplicas();
    return SizeRule.size(
        settings.variant(), wanted == null ? 1 : wanted, ready == null ? 0 : ready, autoscaler());
  }

  /** One that this may not look for is taken not to be there: the variant says if there is one. */
  private Optional<SizeRule.Autoscaler> autoscaler() {
    try {
      return client()
          .autoscaling()
          .v2()
          .horizontalPodAutoscalers()
          .inNamespace(settings.namespace())
          .list()
          .getItems()
          .stream()
          .filter(it ->
              it.getSpec().getScaleTargetRef().getKind().equals("StatefulSet")
                  && it.getSpec().getScaleTargetRef().getName().equals(settings.statefulSet()))
          .findFirst()
          .map(it ->
              new SizeRule.Autoscaler(
                  it.getMetadata().getName(),
                  Optional.ofNullable(it.getSpec().getMinReplicas()).orElse(1),
                  it.getSpec().getMaxReplicas()));
    } catch (KubernetesClientException e) {
      return Optional.empty();
    }
  }

  @Override
  public void scale(int brokers) {
    SizeRule.check(size(), brokers);
    ask(
        "patch statefulsets/scale",
        it ->
            it.apps()
                .statefulSets()
                .inNamespace(settings.namespace())
                .withName(settings.statefulSet())
                .subresource("scale")
                .patch(
                    PatchContext.of(PatchType.JSON_MERGE),
                    "{\"spec\":{\"replicas\":%d}}".formatted(brokers)));
  }

  @Override
  public void restart(String pod) {
    var deleted = ask("delete pods", it -> pod(it, pod).delete());
    if (deleted.isEmpty()) {
      throw missing(pod);
    }
  }

  @Override
  public PodFacts pod(String name) {
    var pod = ask("get pods", it -> pod(it, name).get());
    if (pod == null) {
      throw missing(name);
    }
    return facts(pod);
  }

  private static PodFacts facts(Pod pod) {
    var spec = pod.getSpec();
    var container =
        spec.getContainers().stream()
            .filter(it -> it.getName().equals(CONTAINER))
            .findFirst()
            .orElseGet(spec.getContainers()::getFirst);
    var status =
        pod.getStatus().getContainerStatuses().stream()
            .filter(it -> it.getName().equals(container.getName()))
            .findFirst();
    var resources = Optional.ofNullable(container.getResources());
    return new PodFacts(
        pod.getMetadata().getName(),
        phase(pod, status),
        status.map(it -> Boolean.TRUE.equals(it.getReady())).orElse(false),
        pod.getMetadata().getDeletionTimestamp() != null,
        text(spec.getNodeName()),
        text(pod.getStatus().getPodIP()),
        status.map(it -> it.getState().getRunning()).map(it -> Instant.parse(it.getStartedAt())),
        status.map(ContainerStatus::getRestartCount).orElse(0),
        status.map(KubernetesWorkload::lastEnd).orElse(""),
        text(container.getImage()),
        resources.map(it -> amounts(it.getRequests())).orElse(""),
        resources.map(it -> amounts(it.getLimits())).orElse(""),
        container.getPorts().stream()
            .map(it -> new PodFacts.Port(text(it.getName()), it.getContainerPort()))
            .toList());
  }

  private static String phase(Pod pod, Optional<ContainerStatus> status) {
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return "Terminating";
    }
    var state = status.map(ContainerStatus::getState);
    return state
        .map(it -> it.getWaiting())
        .map(it -> it.getReason())
        .or(() -> state.map(it -> it.getTerminated()).map(it -> it.getReason()))
        .orElseGet(() -> text(pod.getStatus().getPhase()));
  }

  private static String lastEnd(ContainerStatus status) {
    var last = status.getLastState() == null ? null : status.getLastState().getTerminated();
    return last == null
        ? ""
        : "%s (exit code %d)".formatted(text(last.getReason()), last.getExitCode());
  }

  private static String amounts(@Nullable Map<String, Quantity> amounts) {
    return amounts == null
        ? ""
        : new TreeMap<>(amounts)
            .entrySet().stream()
                .map(it -> it.getKey() + " " + it.getValue())
                .collect(Collectors.joining(", "));
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  @Override
  public PodLog log(String pod, int lines, boolean previous) {
    var most = Math.clamp(lines, 1, PodLog.MOST_LINES);
    var query = "&tailLines=%d&previous=%b".formatted(most, previous);
    try (var text = openLog(pod, query)) {
      return PodLog.read(text, most);
    } catch (IOException e) {
      throw new Problem(503, "The log could not be read to its end: " + e.getMessage());
    }
  }

  @Override
  public Following follow(String pod, int before, Consumer<String> line, Runnable end) {
    var most = Math.clamp(before, 0, PodLog.MOST_LINES);
    return new FollowedLog(openLog(pod, "&follow=true&tailLines=" + most), line, end);
  }

  /**
   * The log as a stream. The client's own way would first list pods, which needs one more
   * permission, and wait until this one is ready, when its log is of most use.
   */
  private InputStream openLog(String pod, String query) {
    check(pod);
    return ask(
        "get pods/log",
        it -> {
          var path =
              "%s/api/v1/namespaces/%s/pods/%s/log?container=%s%s"
                  .formatted(
                      it.getMasterUrl().toString().replaceFirst("/$", ""),
                      settings.namespace(),
                      pod,
                      CONTAINER,
                      query);
          var request = it.getHttpClient().newHttpRequestBuilder().uri(path).build();
          try {
            var answer =
                it.getHttpClient()
                    .sendAsync(request, InputStream.class)
                    .get(REQUEST_MILLIS, TimeUnit.MILLISECONDS);
            if (answer.isSuccessful()) {
              return answer.body();
            }
            try (var body = answer.body()) {
              throw new KubernetesClientException(said(body, answer.code()));
            }
          } catch (ExecutionException e) {
            throw KubernetesClientException.launderThrowable(e.getCause());
          } catch (TimeoutException e) {
            throw new KubernetesClientException("the API server did not answer in time");
          } catch (IOException e) {
            throw KubernetesClientException.launderThrowable(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(503, "This application is being stopped.");
          }
        });
  }

  private static Status said(InputStream body, int code) throws IOException {
    var text = new String(body.readNBytes(MOST_COMPLAINT), StandardCharsets.UTF_8);
    try {
      return Serialization.unmarshal(text, Status.class);
    } catch (RuntimeException e) {
      return new StatusBuilder().withCode(code).withMessage("it answered " + code).build();
    }
  }

  @Override
  public List<Permission> permissions() {
    return List.of(
        permission("see how many brokers there are", "get", "apps", "statefulsets", ""),
        permission("change how many there are", "patch", "apps", "statefulsets", "scale"),
        permission(
            "see whether an autoscaler decides",
            "list",
            "autoscaling",
            "horizontalpodautoscalers",
            ""),
        permission("show a broker's pod", "get", "", "pods", ""),
        permission("restart a broker", "delete", "", "pods", ""),
        permission("show a broker's log", "get", "", "pods", "log"));
  }

  private Permission permission(
      String action, String verb, String group, String resource, String part) {
    var rule = verb + " " + resource + (part.isEmpty() ? "" : "/" + part);
    var name =
        resource.equals("statefulsets")
            ? settings.statefulSet()
            : resource.equals("pods") ? settings.statefulSet() + "-0" : "";
    var review =
        new SelfSubjectAccessReviewBuilder()
            .withNewSpec()
            .withResourceAttributes(
                new ResourceAttributesBuilder()
                    .withNamespace(settings.namespace())
                    .withVerb(verb)
                    .withGroup(group)
                    .withResource(resource)
                    .withSubresource(part)
                    .withName(name)
                    .build())
            .endSpec()
            .build();
    try {
      var answer =
          ask(
              "create selfsubjectaccessreviews",
              it -> it.authorization().v1().selfSubjectAccessReview().create(review));
      var granted = Boolean.TRUE.equals(answer.getStatus().getAllowed());
      return new Permission(action, rule, granted, granted ? "" : denied(rule));
    } catch (Problem problem) {
      return new Permission(action, rule, false, String.valueOf(problem.getMessage()));
    }
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  /** Before it becomes a part of an address. */
  private void check(String pod) {
    if (!pods.matcher(pod).matches()) {
      throw missing(pod);
    }
  }

  private PodResource pod(KubernetesClient with, String pod) {
    check(pod);
    return with.pods().inNamespace(settings.namespace()).withName(pod);
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

  private <T> T ask(String rule, Function<KubernetesClient, T> question) {
    try {
      return question.apply(client());
    } catch (KubernetesClientException e) {
      throw switch (e.getCode()) {
        case 401 ->
            new Problem(
                503,
                "Kubernetes does not accept this application's token. Does its ServiceAccount still"
                    + " exist?");
        case 403 -> new Problem(503, denied(rule));
        case 404 -> new Problem(404, "Kubernetes does not have that: " + reason(e));
        case 400, 409, 422 -> new Problem(409, "Kubernetes refuses it: " + reason(e));
        default -> new Problem(503, "Kubernetes did not do it (%s): %s".formatted(rule, reason(e)));
      };
    } catch (UncheckedIOException e) {
      throw new Problem(503, "The service account's token cannot be read: " + e.getMessage());
    }
  }

  private static String reason(KubernetesClientException e) {
    var status = e.getStatus();
    if (status != null && status.getMessage() != null) {
      return status.getMessage();
    }
    return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
  }

  private synchronized KubernetesClient client() {
    if (client == null) {
      client =
          new KubernetesClientBuilder()
              .withConfig(
                  configuration(
                      server.orElseThrow(() ->
                          new Problem(
                              501,
                              "This application was given no access to Kubernetes (no namespace,"
                                  + " or no service account's token), so it cannot do that"
                                  + " here: use kubectl."))))
              .build();
    }
    return client;
  }

  /** Nothing of it comes from the environment: it would find somebody's kubeconfig. */
  private static Config configuration(ApiServer server) {
    var config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(server.url())
            .withConnectionTimeout(CONNECT_MILLIS)
            .withRequestTimeout(REQUEST_MILLIS)
            .withRequestRetryBackoffLimit(0);
    server.authority().ifPresent(file -> config.withCaCertFile(file.toString()));
    server.token().ifPresent(file -> config.withOauthTokenProvider(() -> read(file)));
    return config.build();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }
}
