package io.mosquittoha.testbed;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.k3s.K3sContainer;

/**
 * A running Kubernetes. Close it to remove it; it is also removed when this process ends, unless it
 * was {@linkplain #detach detached}.
 */
public final class Cluster implements AutoCloseable {

  private static final int API = 6443;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Pattern SERVER_LINE = Pattern.compile("(?m)^(\\s*server:).*$");

  private final String name;
  private final List<Node> nodes;
  private final String domain;
  private final String image;
  private final boolean policies;
  private final Map<Integer, Integer> hostPorts;
  private final String kubeconfig;
  private final Thread removal;

  private Cluster(String name, List<Container> containers) {
    this.name = name;
    this.nodes =
        containers.stream()
            .sorted(
                Comparator.comparing((Container c) -> label(c, Labels.NODE), Cluster::serverFirst))
            .map(c -> new Node(label(c, Labels.NODE), c.getId(), networkName(name)))
            .toList();
    var server = Engine.client().inspectContainerCmd(server().containerId()).exec();
    var labels = server.getConfig().getLabels();
    this.domain = labels.getOrDefault(Labels.DOMAIN, "cluster.local");
    this.image = server.getConfig().getImage();
    // k3s enforces them; the project's own image says of itself whether it does.
    this.policies =
        !new NodeImage(image).isOwn()
            || Boolean.parseBoolean(labels.getOrDefault(Labels.NETWORK_POLICY, "false"));
    this.hostPorts = new HashMap<>();
    server
        .getNetworkSettings()
        .getPorts()
        .getBindings()
        .forEach((port, bindings) -> {
          if (bindings != null && bindings.length > 0) {
            hostPorts.put(port.getPort(), Integer.valueOf(bindings[0].getHostPortSpec()));
          }
        });
    this.kubeconfig =
        SERVER_LINE
            .matcher(server().exec("cat", "/etc/rancher/k3s/k3s.yaml").orThrow())
            .replaceAll("$1 https://%s:%d".formatted(Engine.host(), hostPorts.get(API)));
    this.removal = new Thread(() -> remove(name), "remove-cluster-" + name);
  }

  /**
   * Starts a cluster, and waits until it can be used. Where the images are not there yet, this
   * takes the minutes to pull or build them, and says so.
   */
  public static Cluster start(ClusterSpec spec) {
    var owned = spec.name().isEmpty();
    var name = spec.name().orElseGet(() -> "test-" + random(3));
    removeLeftovers();
    if (!containers(name).isEmpty()) {
      throw new IllegalStateException(
          "A cluster named %s is there already; adopt it, or remove it first".formatted(name));
    }
    var image = NodeImage.choose();
    var interrupted = new Thread(() -> remove(name), "remove-cluster-" + name);
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      var labels = labels(spec, name, owned, image);
      Engine.client()
          .createNetworkCmd()
          .withName(networkName(name))
          .withDriver("bridge")
          .withLabels(labels)
          .exec();
      var token = random(24);
      // All at once: agents keep asking until their server answers.
      var starts = new ArrayList<Runnable>();
      starts.add(() -> server(spec, name, image, labels, token).start());
      IntStream.range(0, spec.agents())
          .forEach(i -> starts.add(() -> agent(i, name, image, labels, token).start()));
      together(starts);
      var cluster = new Cluster(name, containers(name));
      cluster.awaitUsable(spec.agents() + 1);
      cluster.writeKubeconfig();
      Runtime.getRuntime().addShutdownHook(cluster.removal);
      Runtime.getRuntime().removeShutdownHook(interrupted);
      return cluster;
    } catch (RuntimeException e) {
      Runtime.getRuntime().removeShutdownHook(interrupted);
      remove(name);
      throw e;
    }
  }

  /**
   * Finds a cluster that an earlier process named and detached. Its stopped nodes are not started.
   */
  public static Optional<Cluster> adopt(String name) {
    var containers = containers(name);
    if (containers.stream().noneMatch(c -> "running".equals(c.getState()))) {
      return Optional.empty();
    }
    var cluster = new Cluster(name, containers);
    cluster.writeKubeconfig();
    return Optional.of(cluster);
  }

  /** Removes a cluster by its name, whatever state it is in. */
  public static void remove(String name) {
    for (var container : containers(name)) {
      try {
        Engine.client()
            .removeContainerCmd(container.getId())
            .withForce(true)
            .withRemoveVolumes(true)
            .exec();
      } catch (NotFoundException e) {
        // Somebody was faster.
      }
    }
    try {
      Engine.client().removeNetworkCmd(networkName(name)).exec();
    } catch (NotFoundException e) {
      // It was never made.
    }
    try {
      Files.deleteIfExists(kubeconfigFile(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets the cluster run on when this process ends. */
  public Cluster detach() {
    Runtime.getRuntime().removeShutdownHook(removal);
    return this;
  }

  /** The kubeconfig of an administrator, with an address that this machine can reach. */
  public String kubeconfig() {
    return kubeconfig;
  }

  /** A file with the {@linkplain #kubeconfig kubeconfig}, that only its owner reads. */
  public Path kubeconfigFile() {
    return kubeconfigFile(name);
  }

  /** The domain that the cluster's DNS answers for. */
  public String domain() {
    return domain;
  }

  /** Where a published node port is reached from outside of the cluster. */
  public InetSocketAddress nodePort(int nodePort) {
    var port = hostPorts.get(nodePort);
    if (port == null) {
      throw new IllegalArgumentException(
          "Node port %d is not published; published are %s"
              .formatted(nodePort, hostPorts.keySet().stream().sorted().toList()));
    }
    return new InetSocketAddress(Engine.host(), port);
  }

  /** Its nodes, the server first. */
  public List<Node> nodes() {
    return nodes;
  }

  /** Gives every node the images of an archive, as {@code docker save} writes them. */
  public void loadImages(Path tar) {
    together(nodes.stream().<Runnable>map(node -> () -> node.loadImages(tar)).toList());
  }

  /** Whether NetworkPolicy objects have an effect. */
  public boolean networkPolicyEnforced() {
    return policies;
  }

  /**
   * Takes the Kubernetes API away: connections to it hang, as they do when its machine is lost.
   * What runs on nodes runs on.
   */
  public void stopApi() {
    signalApi("STOP", "kube-controller", "kube-apiserver", "k3s-server");
  }

  /** Brings the API back. Who controls nodes begins anew, as it would on another machine. */
  public void startApi() {
    // With what it knew before it would take all nodes for lost.
    signalApi("KILL", "kube-controller");
    signalApi("CONT", "kube-apiserver", "k3s-server");
  }

  private void signalApi(String signal, String... programs) {
    server()
        .exec(
            "sh",
            "-c",
            """
            for p in /proc/[0-9]*; do
              read -r comm <$p/comm 2>/dev/null || continue
              for wanted in %s; do
                case $comm in $wanted*) kill -s %s ${p#/proc/} ;; esac
              done
            done
            true
            """
                .formatted(String.join(" ", programs), signal))
        .orThrow();
  }

  /** What this cluster is, for reports. */
  public String description() {
    try (var client = client()) {
      return "Kubernetes %s, %d node%s (%s)"
          .formatted(
              client.getKubernetesVersion().getGitVersion(),
              nodes.size(),
              nodes.size() == 1 ? "" : "s",
              image);
    }
  }

  /** Removes the cluster. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook may be running already; removing twice does no harm.
    }
    remove(name);
  }

  private Node server() {
    return nodes.getFirst();
  }

  private KubernetesClient client() {
    return new KubernetesClientBuilder().withConfig(Config.fromKubeconfig(kubeconfig)).build();
  }

  private void awaitUsable(int expectedNodes) {
    var deadline = Instant.now().plus(PATIENCE);
    try (var client = client()) {
      while (true) {
        var missing = missing(client, expectedNodes);
        if (missing.isEmpty()) {
          return;
        }
        if (Instant.now().isAfter(deadline)) {
          throw new IllegalStateException(
              "After %s the cluster still lacks: %s. The last words of its nodes:%n%s"
                  .formatted(PATIENCE, missing, lastWords()));
        }
        Thread.sleep(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the cluster started", e);
    }
  }

  private String lastWords() {
    return nodes.stream()
        .map(node -> "%s: %s".formatted(node.name(), Engine.logs(node.containerId(), 10)))
        .collect(Collectors.joining("\n"));
  }

  private static List<String> missing(KubernetesClient client, int expectedNodes) {
    var missing = new ArrayList<String>();
    try {
      var ready = client.nodes().list().getItems().stream().filter(Readiness::isNodeReady).count();
      if (ready < expectedNodes) {
        missing.add("%d of %d nodes".formatted(expectedNodes - ready, expectedNodes));
      }
      var dns = client.apps().deployments().inNamespace("kube-system").withName("coredns").get();
      if (dns == null || !Readiness.isDeploymentReady(dns)) {
        missing.add("DNS");
      }
      if (client.storage().v1().storageClasses().list().getItems().isEmpty()) {
        missing.add("a storage class");
      }
    } catch (KubernetesClientException e) {
      missing.add("an answer of the API server (%s)".formatted(e.getMessage()));
    }
    return missing;
  }

  private void writeKubeconfig() {
    var file = kubeconfigFile();
    try {
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(file);
      // With its mode from the first moment on: it holds an administrator's key.
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, kubeconfig);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path kubeconfigFile(String name) {
    return Cache.folder().resolve("clusters").resolve(name + ".kubeconfig");
  }

  private static K3sContainer server(
      ClusterSpec spec, String name, NodeImage image, Map<String, String> labels, String token) {
    var container = new K3sContainer(image.asK3s());
    if (image.isOwn()) {
      // Control groups of its own, where K3sContainer shares the machine's: there, the kubelets of
      // two clusters would end each other's pods.
      container.setBinds(List.of());
    }
    var command =
        Stream.concat(
            Stream.of(container.getCommandParts()),
            Stream.of("--cluster-domain=" + spec.clusterDomain()));
    container
        .withCommand(command.toArray(String[]::new))
        .withEnv("K3S_TOKEN", token)
        .withCreateContainerCmdModifier(create -> {
          node(create, name, "server-0", labels);
          publish(create, spec);
          if (image.isOwn()) {
            create.getHostConfig().withCgroupnsMode("private");
          }
        });
    return container;
  }

  private static GenericContainer<?> agent(
      int number, String name, NodeImage image, Map<String, String> labels, String token) {
    return new GenericContainer<>(image.asK3s())
        .withCommand("agent")
        .withPrivilegedMode(true)
        .withEnv("K3S_URL", "https://server-0:" + API)
        .withEnv("K3S_TOKEN", token)
        .withTmpFs(Map.of("/run", "", "/var/run", ""))
        .withCreateContainerCmdModifier(create -> {
          node(create, name, "agent-" + number, labels);
          create.getHostConfig().withCgroupnsMode("private");
        });
  }

  private static void node(
      CreateContainerCmd create, String cluster, String node, Map<String, String> labels) {
    var all = new HashMap<>(labels);
    all.put(Labels.NODE, node);
    create
        .withName(networkName(cluster) + "-" + node)
        .withHostName(node)
        .withAliases(node)
        .withLabels(Labels.withoutSession(all))
        .getHostConfig()
        .withNetworkMode(networkName(cluster));
  }

  // With host ports of our choice: those that the engine chooses are others after a restart.
  private static void publish(CreateContainerCmd create, ClusterSpec spec) {
    var address = Engine.host().equals("localhost") ? "127.0.0.1" : "0.0.0.0";
    var free = new FreePorts();
    var exposed = Stream.of(create.getExposedPorts()).map(ExposedPort::getPort).toList();
    var bindings =
        Stream.concat(exposed.stream(), spec.publishedNodePorts().stream())
            .distinct()
            .map(port ->
                new PortBinding(
                    Ports.Binding.bindIpAndPort(
                        address,
                        Optional.ofNullable(spec.fixedHostPorts().get(port)).orElseGet(free::next)),
                    ExposedPort.tcp(port)))
            .toList();
    create
        .withExposedPorts(bindings.stream().map(PortBinding::getExposedPort).toList())
        .getHostConfig()
        .withPortBindings(bindings);
  }

  private static Map<String, String> labels(
      ClusterSpec spec, String name, boolean owned, NodeImage image) {
    var labels = new HashMap<String, String>();
    labels.put(Labels.CLUSTER, name);
    labels.put(Labels.DOMAIN, spec.clusterDomain());
    if (owned) {
      labels.put(Labels.OWNER, owner(ProcessHandle.current()));
    }
    var ofImage = Engine.client().inspectImageCmd(image.reference()).exec().getConfig().getLabels();
    if (ofImage != null && ofImage.containsKey(Labels.NETWORK_POLICY)) {
      labels.put(Labels.NETWORK_POLICY, ofImage.get(Labels.NETWORK_POLICY));
    }
    return labels;
  }

  /** A process, told apart from later ones with the same number. */
  private static String owner(ProcessHandle process) {
    return process.pid()
        + "@"
        + process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** Removes the clusters whose owner was killed before it could. */
  private static void removeLeftovers() {
    Engine.client()
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(List.of(Labels.OWNER))
        .exec()
        .stream()
        .filter(container -> {
          var owner = label(container, Labels.OWNER);
          var pid = Long.parseLong(owner.substring(0, owner.indexOf('@')));
          return ProcessHandle.of(pid).map(Cluster::owner).filter(owner::equals).isEmpty();
        })
        .map(container -> label(container, Labels.CLUSTER))
        .distinct()
        .forEach(Cluster::remove);
  }

  private static List<Container> containers(String name) {
    return Engine.client()
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(Map.of(Labels.CLUSTER, name))
        .exec();
  }

  private static String label(Container container, String label) {
    return Optional.ofNullable(container.getLabels().get(label)).orElse("");
  }

  private static int serverFirst(String one, String other) {
    var servers = Boolean.compare(other.startsWith("server"), one.startsWith("server"));
    return servers != 0 ? servers : one.compareTo(other);
  }

  private static String networkName(String cluster) {
    return "mosquittoha-" + cluster;
  }

  private static String random(int bytes) {
    var random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  private static void together(List<Runnable> tasks) {
    var running = new ArrayList<Future<?>>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      tasks.forEach(task -> running.add(executor.submit(task)));
    }
    for (var task : running) {
      try {
        task.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
