package io.mosquittoha.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;

/** What tests rely on, on a cluster of three nodes under a domain of its own. */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterIT {

  private Cluster cluster;
  private KubernetesClient client;

  @BeforeAll
  void start() {
    var began = System.nanoTime();
    cluster =
        Cluster.start(ClusterSpec.singleNode().withAgents(2).withClusterDomain("example.internal"));
    System.out.printf(
        "%s, started in %.1f s%n", cluster.description(), (System.nanoTime() - began) / 1e9);
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(cluster.kubeconfig()))
            .build();
    try (var objects = getClass().getResourceAsStream("web.yaml")) {
      client.load(objects).serverSideApply();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @AfterAll
  void stop() {
    client.close();
    cluster.close();
  }

  @Test
  @Order(1)
  void everyNodeIsReady() {
    assertThat(cluster.nodes())
        .extracting(Node::name)
        .containsExactly("server-0", "agent-0", "agent-1");
    assertThat(client.nodes().list().getItems()).hasSize(3).allMatch(Readiness::isNodeReady);
  }

  @Test
  @Order(2)
  void theKubeconfigIsItsOwnersAlone() throws Exception {
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(cluster.kubeconfigFile())))
        .isEqualTo("rw-------");
  }

  @Test
  @Order(3)
  void podsGetVolumes() {
    eventually(() ->
        assertThat(client.pods().inNamespace("web").withLabel("app", "web").list().getItems())
            .hasSize(3)
            .allMatch(Readiness::isPodReady));
  }

  @Test
  @Order(4)
  void aNodePortAnswersOutsideOfTheCluster() {
    eventually(() -> assertThat(get()).startsWith("web-"));
    assertThatIllegalArgumentException().isThrownBy(() -> cluster.nodePort(32000));
  }

  @Test
  @Order(5)
  void aHeadlessServiceHasServiceRecords() {
    eventually(() ->
        assertThat(inClient("nslookup", "-type=srv", "_http._tcp.web.web.svc.example.internal"))
            .contains("web-0.web.web.svc.example.internal", "web-2.web.web.svc.example.internal"));
  }

  @Test
  @Order(6)
  void podsReachEachOtherAcrossNodes() {
    for (var pod = 0; pod < 3; pod++) {
      assertThat(inClient("wget", "-qO-", "-T", "3", "http://web-%d.web:8080".formatted(pod)))
          .isEqualTo("web-" + pod);
    }
  }

  @Test
  @Order(7)
  void usageIsMeasured() {
    eventually(() -> assertThat(client.top().nodes().metrics().getItems()).hasSize(3));
  }

  @Test
  @Order(8)
  void imagesAreLoadedOntoEveryNode() throws Exception {
    var tar = Files.createTempFile("image", ".tar");
    try {
      // The node's own archive under another name: any archive would do.
      var server = cluster.nodes().getFirst();
      server.exec(
          "ctr",
          "-n",
          "k8s.io",
          "images",
          "tag",
          "mosquittoha.local/busybox:1",
          "example.com/some:1");
      server
          .exec(
              "ctr", "-n", "k8s.io", "images", "export", "/var/log/some.tar", "example.com/some:1")
          .orThrow();
      server.exec("ctr", "-n", "k8s.io", "images", "rm", "example.com/some:1").orThrow();
      Files.write(
          tar,
          java.util.Base64.getDecoder()
              .decode(server.exec("base64", "-w0", "/var/log/some.tar").orThrow()));
      cluster.loadImages(tar);
      for (var node : cluster.nodes()) {
        assertThat(node.exec("ctr", "-n", "k8s.io", "images", "ls", "-q").orThrow())
            .contains("example.com/some:1");
      }
    } finally {
      Files.delete(tar);
    }
  }

  @Test
  @Order(9)
  void aNetworkPolicyKeepsStrangersOut() {
    assertThat(cluster.networkPolicyEnforced()).isTrue();
    var policy =
        client
            .network()
            .networkPolicies()
            .load(getClass().getResourceAsStream("web-policy.yaml"))
            .serverSideApply();
    eventually(
        () -> assertThat(inClient("wget", "-qO-", "-T", "2", "http://web-0.web:8080")).isEmpty());
    client
        .pods()
        .inNamespace("web")
        .withName("client")
        .edit(pod -> {
          pod.getMetadata().getLabels().put("friend", "yes");
          return pod;
        });
    eventually(() ->
        assertThat(inClient("wget", "-qO-", "-T", "2", "http://web-0.web:8080"))
            .isEqualTo("web-0"));
    client.resource(policy).delete();
  }

  @Test
  @Order(10)
  void aFrozenNodeComesBack() {
    var node = cluster.nodes().getLast();
    node.pause();
    node.unpause();
    assertThat(node.exec("hostname").orThrow().strip()).isEqualTo("agent-1");
    assertThat(node.exec("false").exitCode()).isEqualTo(1);
  }

  @Test
  @Order(11)
  void aDeafNodeHearsNothingOfAnotherUntilItHearsAll() {
    var server = cluster.nodes().getFirst();
    var agent = cluster.nodes().getLast();
    assertThat(reaches(server, agent)).isTrue();
    server.hearNothingFrom(List.of(agent));
    try {
      assertThat(reaches(server, agent)).isFalse();
      assertThat(reaches(cluster.nodes().get(1), agent)).isTrue();
    } finally {
      server.hearAll();
    }
    assertThat(reaches(server, agent)).isTrue();
  }

  private static boolean reaches(Node from, Node to) {
    return from.exec("timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/$0/10250", to.address())
            .exitCode()
        == 0;
  }

  @Test
  @Order(12)
  void theApiGoesAwayAndComesBackAndNodesRunOn() throws Exception {
    cluster.stopApi();
    try {
      var answer =
          cluster.nodes().getFirst().exec("kubectl", "--request-timeout=2s", "get", "nodes");
      assertThat(answer.exitCode()).isNotZero();
      assertThat(get()).startsWith("web-");
    } finally {
      cluster.startApi();
    }
    eventually(() ->
        assertThat(client.nodes().list().getItems()).hasSize(3).allMatch(Readiness::isNodeReady));
  }

  @Test
  @Order(13)
  void aLostNodeIsMissedAndComesBack() {
    var node = cluster.nodes().getLast();
    node.stop();
    eventually(() -> assertThat(ready(node)).isFalse());
    node.start();
    eventually(() -> assertThat(ready(node)).isTrue());
    assertThat(node.address()).isNotEmpty();
    eventually(() ->
        assertThat(inClient("wget", "-qO-", "-T", "3", "http://web-2.web:8080"))
            .isEqualTo("web-2"));
    eventually(() ->
        assertThat(client.pods().inNamespace("web").withLabel("app", "web").list().getItems())
            .hasSize(3)
            .allMatch(Readiness::isPodReady));
  }

  @Test
  @Order(14)
  void aServerThatWasStoppedComesBackAtTheSameAddress() {
    var server = cluster.nodes().getFirst();
    server.stop();
    server.start();
    eventually(() -> assertThat(ready(server)).isTrue());
    eventually(() -> assertThat(get()).startsWith("web-"));
  }

  private boolean ready(Node node) {
    return Readiness.isNodeReady(client.nodes().withName(node.name()).get());
  }

  private String inClient(String... command) {
    var all = new String[command.length + 6];
    System.arraycopy(new String[] {"kubectl", "-n", "web", "exec", "client", "--"}, 0, all, 0, 6);
    System.arraycopy(command, 0, all, 6, command.length);
    return cluster.nodes().getFirst().exec(all).stdout().strip();
  }

  private String get() throws Exception {
    var address = cluster.nodePort(31028);
    try (var http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build()) {
      return http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://%s:%d/".formatted(address.getHostString(), address.getPort())))
                  .timeout(Duration.ofSeconds(3))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private interface Check {
    void run() throws Exception;
  }

  private static void eventually(Check check) {
    var deadline = Instant.now().plusSeconds(90);
    Callable<Boolean> once =
        () -> {
          check.run();
          return true;
        };
    while (true) {
      try {
        once.call();
        return;
      } catch (Exception | AssertionError e) {
        if (Instant.now().isAfter(deadline)) {
          throw new AssertionError("not within 90 s", e);
        }
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
