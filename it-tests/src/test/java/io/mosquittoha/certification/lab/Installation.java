package io.mosquittoha.certification.lab;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;
import io.mosquittoha.certification.mqtt.Dial;
import io.mosquittoha.certification.mqtt.Door;
import io.mosquittoha.certification.mqtt.Login;
import io.mosquittoha.certification.mqtt.MqttConnection;
import io.mosquittoha.certification.mqtt.Trust;
import io.mosquittoha.manifests.Chart;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A chart under a release name in a lab's namespace: everything that is done to it, and asked of
 * it.
 */
public final class Installation {

  private static final Pattern CONNECTED =
      Pattern.compile("^(\\S+) .*New client connected from (\\S+):\\d+ as (\\S+) \\(");

  private final Lab lab;
  private final Helm helm;
  private final Chart chart;
  private final String name;
  private final Optional<String> override;
  private final Path staged;
  private boolean installed;

  Installation(
      Lab lab, Helm helm, Chart chart, String name, Optional<String> override, Path staged) {
    this.override = override;
    this.lab = lab;
    this.helm = helm;
    this.chart = chart;
    this.name = name;
    this.staged = staged;
  }

  // ---- what Helm does

  /**
   * Installs with the lab's values and then these, later ones winning, and waits until all is
   * ready.
   *
   * @throws AssertionError if Helm's exit status is not 0
   */
  public HelmOutcome install(Duration patience, String... values) {
    installed = true;
    var outcome =
        helm.run("install", arguments(values, "--wait", "--timeout", patience.toSeconds() + "s"));
    outcome.orThrow();
    return outcome;
  }

  /** Installs without judging how it ends. */
  public HelmOutcome tryInstall(List<String> options) {
    return helm.run("install", arguments(new String[0], options.toArray(String[]::new)));
  }

  public HelmOutcome upgrade(String... values) {
    var outcome = helm.run("upgrade", arguments(values, "--wait", "--timeout", "180s"));
    outcome.orThrow();
    return outcome;
  }

  public HelmOutcome rollback(int revision) {
    var outcome =
        helm.run(
            "rollback", List.of(name, Integer.toString(revision), "--wait", "--timeout", "180s"));
    outcome.orThrow();
    return outcome;
  }

  /** Runs {@code helm test}. */
  public HelmOutcome test() {
    var outcome = helm.run("test", List.of(name, "--timeout", "60s"));
    outcome.orThrow();
    return outcome;
  }

  public HelmOutcome uninstall() {
    installed = false;
    var outcome = helm.run("uninstall", List.of(name, "--wait", "--timeout", "120s"));
    outcome.orThrow();
    return outcome;
  }

  /** Takes the objects away, the node ports with them, and does not wait for the pods to end. */
  void abandon() {
    installed = false;
    helm.run("uninstall", List.of(name)).orThrow();
  }

  /** Names of releases that Helm knows in the namespace, failed ones included. */
  public List<String> releases() {
    return helm.run("list", List.of("--all", "--short")).orThrow().lines().toList();
  }

  boolean isInstalled() {
    return installed;
  }

  private List<String> arguments(String[] values, String... options) {
    var arguments = new ArrayList<>(List.of(name, staged.toString()));
    var files = new ArrayList<>(lab.grounds().values());
    if (!lab.domain().equals("cluster.local")) {
      files.add(valuesFile("clusterDomain: " + lab.domain()));
    }
    override.ifPresent(fullname -> files.add(valuesFile("fullnameOverride: " + fullname)));
    for (var yaml : values) {
      files.add(valuesFile(yaml));
    }
    for (var file : files) {
      arguments.addAll(List.of("--values", file.toString()));
    }
    arguments.addAll(List.of(options));
    return arguments;
  }

  private Path valuesFile(String yaml) {
    try {
      var folder = Files.createDirectories(staged.resolveSibling("values"));
      return Files.writeString(Files.createTempFile(folder, name, ".yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException("can't write a values file below " + staged, e);
    }
  }

  // ---- what the cluster has

  public Chart chart() {
    return chart;
  }

  /** What the release's objects are called after. */
  public String fullname() {
    return override.orElse(name.contains(chart.folder()) ? name : name + "-" + chart.folder());
  }

  public String headless() {
    return fullname() + "-headless";
  }

  /** The name under which DNS answers for all ready brokers. */
  public String headlessDomain() {
    return "%s.%s.svc.%s".formatted(headless(), lab.namespace(), lab.domain());
  }

  public String serviceDomain() {
    return "%s.%s.svc.%s".formatted(fullname(), lab.namespace(), lab.domain());
  }

  public String instance() {
    return name;
  }

  /** The brokers' pods by ordinal. */
  public List<Pod> brokers() {
    return pods("broker");
  }

  public List<Pod> haproxies() {
    return pods("haproxy");
  }

  public List<Pod> centers() {
    return pods("management-center");
  }

  /** Where the management center is for browsers: at its node port. */
  public URI center() {
    var at = lab.nodePort(31021);
    return URI.create("http://%s:%d".formatted(at.getHostString(), at.getPort()));
  }

  /** The first password of the management center's user {@code admin}. */
  public String firstPassword() {
    return secret(fullname() + "-management-center", "password");
  }

  /** Whether each broker has an agent. */
  boolean hasAgents() {
    return chart != Chart.AUTOSCALING;
  }

  /** What its agents say; of the variants that have agents. */
  public Agents agents() {
    return new Agents(
        this,
        lab.isTestbed()
            ? new AgentCalls.FromItsNode(lab.machines().nodes())
            : new AgentCalls.ByPortForward(kubernetes()));
  }

  /** The token for its agents. */
  String token() {
    return secret(fullname() + "-api", "token");
  }

  /** As {@code kubectl scale} does it. */
  public void scale(int replicas) {
    kubernetes()
        .apps()
        .statefulSets()
        .inNamespace(lab.namespace())
        .withName(fullname())
        .scale(replicas);
  }

  public Pod pod(String podName) {
    return Optional.ofNullable(
            kubernetes().pods().inNamespace(lab.namespace()).withName(podName).get())
        .orElseThrow(() -> new AssertionError("there is no pod " + podName));
  }

  private List<Pod> pods(String component) {
    return kubernetes()
        .pods()
        .inNamespace(lab.namespace())
        .withLabels(
            Map.of("app.kubernetes.io/instance", name, "app.kubernetes.io/component", component))
        .list()
        .getItems()
        .stream()
        .sorted(
            Comparator.comparingInt((Pod pod) -> pod.getMetadata().getName().length())
                .thenComparing(pod -> pod.getMetadata().getName()))
        .toList();
  }

  /** Waits until every pod that should be there is ready, and none is on its way out. */
  public void awaitWhole() {
    await("all pods of " + fullname() + " to be ready")
        .atMost(Duration.ofSeconds(180))
        .until(this::isWhole);
  }

  private boolean isWhole() {
    var statefulSet =
        kubernetes().apps().statefulSets().inNamespace(lab.namespace()).withName(fullname()).get();
    var autoscaler =
        kubernetes()
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(lab.namespace())
            .withName(fullname())
            .get();
    // A StatefulSet under an autoscaler begins with one pod, and a moment later is told how many at
    // least.
    var least = autoscaler == null ? 1 : autoscaler.getSpec().getMinReplicas();
    var wanted = statefulSet == null ? 0 : statefulSet.getSpec().getReplicas();
    return wanted >= least
        && brokers().size() == wanted
        && brokers().stream().allMatch(Installation::isServing)
        && haproxies().stream().allMatch(Installation::isServing)
        && centers().stream().allMatch(Installation::isServing);
  }

  private static boolean isServing(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null && Readiness.isPodReady(pod);
  }

  public Login login(String user) {
    return new Login(user, secret(fullname() + "-accounts", user));
  }

  /** The authority of the self-made certificate. */
  public X509Certificate authority() {
    return Trust.certificate(
        secret(fullname() + "-tls", "ca.crt").getBytes(StandardCharsets.US_ASCII));
  }

  private String secret(String secretName, String key) {
    var secret = kubernetes().secrets().inNamespace(lab.namespace()).withName(secretName).get();
    if (secret == null || !secret.getData().containsKey(key)) {
      throw new AssertionError("Secret " + secretName + " with key " + key + " is missing");
    }
    return new String(
        Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
  }

  private KubernetesClient kubernetes() {
    return lab.kubernetes();
  }

  // ---- what clients see

  /** How a user's client calls: from outside, through the node port, as account {@code mqtt}. */
  public Dial dial(Door door) {
    var dial = Dial.to(lab.nodePort(door.nodePort()), door).withLogin(login("mqtt"));
    return door.encrypted() ? dial.withAuthority(authority()) : dial;
  }

  public Dial dial() {
    return dial(Door.MQTT);
  }

  /**
   * Finds the broker that a connected client is on, in the brokers' logs. The id must be a fresh
   * one.
   */
  public Sighting whereIs(String clientId) {
    return await("a broker to log the client " + clientId)
        .atMost(Duration.ofSeconds(20))
        .until(() -> find(clientId), Optional::isPresent)
        .orElseThrow();
  }

  public Sighting whereIs(MqttConnection connection) {
    return whereIs(connection.clientId());
  }

  /** The broker that a new client meets now. */
  public String servingBroker() {
    if (chart == Chart.HIGH_AVAILABILITY) {
      return agents().leader().getMetadata().getName();
    }
    try (var client =
        await("a client to be served")
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(
                () -> dial().withPatience(Duration.ofSeconds(2)).connect(),
                MqttConnection::isConnected)) {
      return whereIs(client).broker();
    }
  }

  /** Connects under an id that was used before, and finds the broker that it met this time. */
  public String connectAndLocate(String clientId) {
    var before = sightings(clientId);
    try (var client = dial().withClientId(clientId).connect()) {
      return await("a broker to log " + client.clientId() + " once more")
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  sightings(clientId).entrySet().stream()
                      .filter(now -> now.getValue() > before.getOrDefault(now.getKey(), 0L))
                      .map(Map.Entry::getKey)
                      .findFirst(),
              Optional::isPresent)
          .orElseThrow();
    }
  }

  /** How often each broker logged the client. */
  private Map<String, Long> sightings(String clientId) {
    return brokers().stream()
        .map(pod -> pod.getMetadata().getName())
        .collect(
            Collectors.toMap(
                Function.identity(),
                pod ->
                    log(pod)
                        .lines()
                        .map(CONNECTED::matcher)
                        .filter(line -> line.find() && line.group(3).equals(clientId))
                        .count()));
  }

  private Optional<Sighting> find(String clientId) {
    record Seen(String at, Sighting sighting) {}
    var seen = new ArrayList<Seen>();
    for (var pod : brokers()) {
      log(pod.getMetadata().getName())
          .lines()
          .map(CONNECTED::matcher)
          .filter(line -> line.find() && line.group(3).equals(clientId))
          .forEach(line ->
              seen.add(
                  new Seen(
                      line.group(1),
                      new Sighting(pod.getMetadata().getName(), bare(line.group(2))))));
    }
    return seen.stream().max(Comparator.comparing(Seen::at)).map(Seen::sighting);
  }

  /** Without the form that IPv4 addresses take on a socket for both families. */
  private static String bare(String address) {
    return address.replaceFirst("^\\[?(::ffff:)?", "").replaceFirst("]$", "");
  }

  /**
   * What a broker's container printed in the last minutes, each line with the time the kubelet took
   * it.
   */
  public String log(String podName) {
    try {
      return kubernetes()
          .pods()
          .inNamespace(lab.namespace())
          .withName(podName)
          .inContainer("broker")
          .usingTimestamps()
          .sinceSeconds(600)
          .getLog();
    } catch (KubernetesClientException e) {
      return ""; // The container is just not there; whoever looks for a line looks again.
    }
  }
}
