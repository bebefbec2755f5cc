package io.mosquittoha.management.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.management.Settings;
import io.mosquittoha.management.web.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KubernetesWorkloadTest {

  private static final String SET = "/apis/apps/v1/namespaces/ns/statefulsets/m";
  private static final String PODS = "/api/v1/namespaces/ns/pods/";
  private static final String SCALERS =
      "GET /apis/autoscaling/v2/namespaces/ns/horizontalpodautoscalers";

  @TempDir Path folder;
  private final StubApi api = new StubApi();

  @AfterEach
  void close() {
    api.close();
  }

  private Workload workload(String variant) throws IOException, Settings.WrongException {
    var file = folder.resolve("center.properties");
    Files.writeString(file, "variant=%s\nnamespace=ns\nstatefulSet=m\n".formatted(variant));
    return new KubernetesWorkload(
        Settings.read(file),
        Optional.of(new ApiServer(api.url(), Optional.empty(), Optional.empty())));
  }

  private void set(int replicas, int ready) {
    api.objects.put(
        "GET " + SET,
        """
        {"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"name":"m","namespace":"ns"},
         "spec":{"replicas":%d},"status":{"replicas":%d,"readyReplicas":%d}}
        """
            .formatted(replicas, replicas, ready));
    api.objects.put(
        "PATCH " + SET + "/scale",
        """
        {"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"m","namespace":"ns"},
         "spec":{"replicas":5},"status":{"replicas":3,"selector":"a=b"}}
        """);
    api.objects.put(
        SCALERS,
        """
        {"kind":"HorizontalPodAutoscalerList","apiVersion":"autoscaling/v2","items":[]}
        """);
  }

  private static void assertProblem(ThrowingCallable call, int status, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.status()).isEqualTo(status))
        .hasMessageContainingAll(words);
  }

  @Test
  void scale_whenTheVariantAllowsIt_thenTheStatefulSetIsPatched() throws Exception {
    set(3, 3);
    try (var workload = workload("ha")) {
      assertThat(workload.size()).isEqualTo(new Size(3, 3, 2, 9, ""));
      workload.scale(5);
    }
    assertThat(api.requests).contains("PATCH " + SET + "/scale {\"spec\":{\"replicas\":5}}");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 10, 1_000})
  void scale_whenThatIsTooFewOrTooMany_thenNothingIsChanged(int brokers) throws Exception {
    set(3, 3);
    try (var workload = workload("ha")) {
      assertProblem(() -> workload.scale(brokers), 409, "from 2 to 9");
    }
    assertThat(api.requests).noneMatch(it -> it.startsWith("PATCH"));
  }

  @Test
  void scale_whenThereIsOneBrokerOnly_thenTheReasonNamesTheChartForMore() throws Exception {
    set(1, 1);
    try (var workload = workload("single")) {
      assertProblem(() -> workload.scale(2), 409, "Install the chart mosquitto-ha");
    }
  }

  @Test
  void scale_whenAnAutoscalerDecides_thenItIsNamedWithItsBounds() throws Exception {
    set(3, 3);
    api.objects.put(
        SCALERS,
        """
        {"kind":"HorizontalPodAutoscalerList","apiVersion":"autoscaling/v2","items":[
          {"metadata":{"name":"other"},"spec":{"maxReplicas":7,
           "scaleTargetRef":{"kind":"Deployment","name":"m"}}},
          {"metadata":{"name":"scaler"},"spec":{"minReplicas":2,"maxReplicas":6,
           "scaleTargetRef":{"kind":"StatefulSet","name":"m"}}}]}
        """);
    try (var workload = workload("ha")) {
      assertProblem(() -> workload.scale(4), 409, "HorizontalPodAutoscaler scaler", "from 2 to 6");
    }
    api.denied.add(SCALERS);
    try (var workload = workload("autoscaling")) {
      assertProblem(() -> workload.scale(4), 409, "autoscaling.minBrokers");
    }
  }

  @Test
  void action_whenItIsDenied_thenThePermissionIsNamed() throws Exception {
    set(3, 3);
    api.denied.addAll(
        List.of("PATCH " + SET, "DELETE " + PODS, "GET " + PODS + "m-1/log", SCALERS));
    try (var workload = workload("ha")) {
      assertProblem(() -> workload.scale(4), 503, "may not patch statefulsets/scale", "ns");
      assertProblem(() -> workload.restart("m-1"), 503, "may not delete pods");
      assertProblem(() -> workload.log("m-1", 10, false), 503, "may not get pods/log");
      api.denied.add("GET " + PODS);
      assertProblem(() -> workload.pod("m-1"), 503, "may not get pods ");
      api.denied.add("GET " + SET);
      assertProblem(workload::size, 503, "may not get statefulsets");
    }
  }

  @Test
  void permissions_whenSomeAreMissing_thenEachSaysWhatItIsFor() throws Exception {
    api.denied.add("delete pods");
    try (var workload = workload("ha")) {
      assertThat(workload.permissions())
          .filteredOn(it -> !it.granted())
          .singleElement()
          .satisfies(it -> {
            assertThat(it.action()).isEqualTo("restart a broker");
            assertThat(it.why()).contains("may not delete pods");
          });
      assertThat(workload.permissions()).hasSize(6);
    }
  }

  @ParameterizedTest
  @CsvSource({"single, false, false", "ha, true, true", "autoscaling, false, true"})
  void permissions_whenAVariantHasNoUseForOne_thenItIsNotMissed(
      String variant, boolean scales, boolean listsAutoscalers) throws Exception {
    try (var workload = workload(variant)) {
      var rules = workload.permissions().stream().map(Permission::rule).toList();

      assertThat(rules.contains("patch statefulsets/scale")).isEqualTo(scales);
      assertThat(rules.contains("list horizontalpodautoscalers")).isEqualTo(listsAutoscalers);
      assertThat(rules).contains("get statefulsets", "get pods", "delete pods", "get pods/log");
    }
  }

  @Test
  void action_whenThereIsNoKubernetes_thenItSaysSoAndPermissionsDoToo() throws Exception {
    var file = folder.resolve("center.properties");
    Files.writeString(file, "namespace=ns\n");
    try (var workload = new KubernetesWorkload(Settings.read(file), Optional.empty())) {
      assertProblem(workload::size, 501, "no access to Kubernetes", "use kubectl");
      assertThat(workload.permissions()).allMatch(it -> !it.granted());
    }
    api.close();
    try (var workload = workload("ha")) {
      assertProblem(() -> workload.pod("m-0"), 503, "Kubernetes did not do it (get pods)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "m", "x-0", "m-0/log", "../m-0", "m-0 ", "m-0\n", "M-0", "m-99999"})
  void pod_whenTheNameIsNoBrokersName_thenKubernetesIsNotAsked(String name) throws Exception {
    try (var workload = workload("ha")) {
      assertProblem(() -> workload.restart(name), 404, "There is no pod");
      assertProblem(() -> workload.log(name, 1, false), 404, "There is no pod");
    }
    assertThat(api.requests).isEmpty();
  }

  @Test
  void restart_whenThePodIsThere_thenItIsDeletedAndNothingElse() throws Exception {
    api.objects.put(
        "DELETE " + PODS + "m-1",
        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"m-1\",\"uid\":\"7\"}}");
    try (var workload = workload("ha")) {
      workload.restart("m-1");
      assertThat(api.requests).singleElement().asString().startsWith("DELETE " + PODS + "m-1");
      assertProblem(() -> workload.restart("m-2"), 404, "m-2");
    }
  }

  @Test
  void pod_whenItWasKilledForMemory_thenTheFactsTellIt() throws Exception {
    api.objects.put(
        "GET " + PODS + "m-0",
        """
        {"kind":"Pod","apiVersion":"v1","metadata":{"name":"m-0","namespace":"ns"},
         "spec":{"nodeName":"worker-2","containers":[
           {"name":"sidecar","image":"other"},
           {"name":"broker","image":"mosquitto-ha:1","ports":[{"name":"mqtt","containerPort":1883}],
            "resources":{"requests":{"memory":"128Mi","cpu":"100m"},"limits":{"memory":"512Mi"}}}]},
         "status":{"phase":"Running","podIP":"10.1.2.3","containerStatuses":[
           {"name":"sidecar","ready":false,"restartCount":9},
           {"name":"broker","ready":true,"restartCount":2,"image":"mosquitto-ha:1","imageID":"x",
            "state":{"running":{"startedAt":"2026-11-25T12:00:00Z"}},
            "lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}}
        """);
    try (var workload = workload("ha")) {
      assertThat(workload.pod("m-0"))
          .isEqualTo(
              new PodFacts(
                  "m-0",
                  "Running",
                  true,
                  false,
                  "worker-2",
                  "10.1.2.3",
                  Optional.of(Instant.parse("2026-11-25T12:00:00Z")),
                  2,
                  "OOMKilled (exit code 137)",
                  "mosquitto-ha:1",
                  "cpu 100m, memory 128Mi",
                  "memory 512Mi",
                  List.of(new PodFacts.Port("mqtt", 1883))));
    }
  }

  @Test
  void pod_whenItCannotBeScheduled_thenTheFactsAreFew() throws Exception {
    api.objects.put(
        "GET " + PODS + "m-0",
        """
        {"kind":"Pod","apiVersion":"v1","metadata":{"name":"m-0"},
         "spec":{"containers":[{"name":"broker"}]},"status":{"phase":"Pending"}}
        """);
    try (var workload = workload("ha")) {
      assertThat(workload.pod("m-0"))
          .extracting(PodFacts::phase, PodFacts::node, PodFacts::ready, PodFacts::restarts)
          .containsExactly("Pending", "", false, 0);
    }
  }

  @Test
  void log_whenItIsLong_thenItsEndIsKept() throws Exception {
    var line = "x".repeat(1_000);
    var text = new StringBuilder();
    for (int i = 0; i < 1_500; i++) {
      text.append(i).append(' ').append(line).append('\n');
    }
    text.append("<script>alert(1)</script> ").append("y".repeat(100_000)).append("\nlast");
    api.objects.put("GET " + PODS + "m-0/log", text.toString());
    try (var workload = workload("ha")) {
      var log = workload.log("m-0", 2_000, false);
      assertThat(log.cut()).isTrue();
      assertThat(log.lines().getLast()).isEqualTo("last");
      assertThat(log.lines().get(log.lines().size() - 2))
          .startsWith("<script>")
          .hasSize(PodLog.LONGEST_LINE + 1);
      assertThat(log.lines().stream().mapToInt(String::length).sum())
          .isLessThanOrEqualTo(PodLog.MOST_CHARACTERS);
      assertThat(workload.log("m-0", 3, false).lines()).hasSize(3);
      assertThat(api.requests)
          .as("a broker that is not ready has a log all the same")
          .allMatch(it -> it.startsWith("GET " + PODS + "m-0/log"));
    }
  }

  @Test
  void log_whenItIsFollowed_thenLinesComeUntilItEnds() throws Exception {
    api.objects.put("GET " + PODS + "m-0/log", "one\ntwo\n");
    var lines = new CopyOnWriteArrayList<String>();
    var ends = new AtomicInteger();
    try (var workload = workload("ha")) {
      var following = workload.follow("m-0", 10, lines::add, ends::incrementAndGet);
      await().untilAsserted(() -> assertThat(lines).containsExactly("one", "two"));
      assertThat(ends).hasValue(0);
      api.followEnds.countDown();
      await().untilAsserted(() -> assertThat(ends).hasValue(1));
      following.close();
      assertThat(ends).hasValue(1);
    }
  }

  @Test
  void apiServer_whenThereIsNoToken_thenThereIsNone() throws IOException {
    var environment = Map.of("KUBERNETES_SERVICE_HOST", "fd00::1");
    assertThat(ApiServer.ofPod(environment, folder)).isEmpty();
    Files.writeString(folder.resolve("token"), "t");
    assertThat(ApiServer.ofPod(environment, folder).map(ApiServer::url))
        .contains("https://[fd00::1]:443");
    assertThat(ApiServer.ofPod(Map.of(), folder)).isEmpty();
  }
}
