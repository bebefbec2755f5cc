package io.mosquittoha.agent.kubernetes;

import static io.mosquittoha.agent.kubernetes.Answers.ONE;
import static io.mosquittoha.agent.kubernetes.Answers.ZERO;
import static io.mosquittoha.agent.kubernetes.Answers.found;
import static io.mosquittoha.agent.kubernetes.Answers.read;
import static io.mosquittoha.agent.kubernetes.Answers.replace;
import static io.mosquittoha.agent.kubernetes.Answers.view;
import static io.mosquittoha.agent.kubernetes.Answers.why;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosquittoha.agent.peer.Certificates;
import io.mosquittoha.agent.replication.ViewStore.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LeaseViewStoreTest {

  @TempDir private Path folder;

  private static LeaseViewStore store(FakeApi api) {
    return new LeaseViewStore(api.client("http", Optional.empty(), Optional.empty()), "ns", "view");
  }

  @Test
  void view_whenTheLeaseIsNew_isEmpty() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease();
        var store = store(api)) {
      assertThat(read(store)).isEqualTo(new Answer.Found(Optional.empty(), "100"));
    }
  }

  @Test
  void view_whenItIsReplaced_isFoundAndCanBeLookedAt() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease();
        var store = store(api)) {
      var before = Instant.now();

      assertThat(replace(store, "100", view(7, ONE))).isEqualTo(new Answer.Stored("101"));

      assertThat(read(store)).isEqualTo(new Answer.Found(Optional.of(view(7, ONE)), "101"));
      var lease = api.lease();
      assertThat(lease.at("/spec/holderIdentity").asText()).isEqualTo("m-1");
      assertThat(lease.at("/spec/leaseTransitions").isInt()).isTrue();
      assertThat(lease.at("/spec/leaseTransitions").asInt()).isEqualTo(7);
      assertThat(lease.at("/spec/renewTime").asText())
          .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
      assertThat(Instant.parse(lease.at("/spec/renewTime").asText()))
          .isBetween(before.minusMillis(1), Instant.now().plusMillis(1));
      assertThat(lease.at("/metadata/annotations/mosquitto-ha.io~1view").asText())
          .isEqualTo(
              """
              {"cluster":"c-1","epoch":7,"revision":17,\
              "leader":{"name":"m-1","incarnation":"2026-2"},\
              "inSync":[{"name":"m-0","incarnation":"2026-1"},{"name":"m-1","incarnation":"2026-2"}]}\
              """);
      assertThat(lease.at("/metadata/labels/app").asText()).as("what is Helm's").isEqualTo("x");
      assertThat(lease.at("/metadata/annotations/helm").asText()).isEqualTo("y");
    }
  }

  @Test
  void connection_whenItWasPrepared_isUsedWhileItIsFresh() throws Exception {
    var answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    var came = new AtomicInteger();
    try (var server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        var store =
            new LeaseViewStore(
                new ApiServer(
                    URI.create("http://127.0.0.1:" + server.getLocalPort()),
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5)),
                "ns",
                "view")) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (true) {
                var one = server.accept();
                came.incrementAndGet();
                one.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
              }
            } catch (IOException e) {
              // The test is over.
            }
          });
      store.prepare();
      await().until(() -> came.get() == 1);
      read(store);
      assertThat(came).as("the prepared one is used").hasValue(1);
      read(store);
      assertThat(came).as("but once").hasValue(2);
      store.prepare();
      await().until(() -> came.get() == 3);
      Thread.sleep(1_100);
      read(store);
      assertThat(came).as("and not when it is old").hasValue(4);
    }
  }

  @Test
  void replacement_whenTheVersionIsOld_isAConflict() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease();
        var store = store(api)) {
      replace(store, "100", view(1, ZERO));

      assertThat(replace(store, "100", view(2, ONE))).isEqualTo(new Answer.Conflict());

      assertThat(found(store).view()).contains(view(1, ZERO));
    }
  }

  @Test
  void twoStores_whenTheyRace_oneWinsEachTime() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease();
        var zero = store(api);
        var one = store(api)) {
      for (var epoch = 1; epoch <= 50; epoch++) {
        var version = found(zero).version();
        var both = new CountDownLatch(2);
        var answers = Collections.synchronizedList(new ArrayList<Answer>());
        for (var store : List.of(zero, one)) {
          store.replace(
              version,
              view(epoch, store == zero ? ZERO : ONE),
              answer -> {
                answers.add(answer);
                both.countDown();
              });
        }
        assertThat(both.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(answers)
            .hasSize(2)
            .filteredOn(Answer.Stored.class::isInstance)
            .singleElement()
            .isEqualTo(new Answer.Stored(found(zero).version()));
        assertThat(answers).contains(new Answer.Conflict());
      }
    }
  }

  @Test
  void answer_whenItComesInChunks_isRead() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease().chunked();
        var store = store(api)) {
      assertThat(replace(store, "100", view(3, ONE))).isEqualTo(new Answer.Stored("101"));
      assertThat(found(store).view()).contains(view(3, ONE));
    }
  }

  @Test
  void lease_whenThereIsNone_saysThatTheChartMakesIt() throws Exception {
    try (var api = new FakeApi(null);
        var store = store(api)) {
      assertThat(why(read(store))).contains("Helm chart").contains("ns");
      assertThat(why(replace(store, "1", view(1, ZERO)))).contains("Helm chart");
    }
  }

  @Test
  void lease_whenItMayNotBeUsed_saysWhichVerbIsMissing() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease().refusing(403);
        var store = store(api)) {
      assertThat(why(read(store))).contains("the verb get on leases").contains("(no!)");
      assertThat(why(replace(store, "100", view(1, ZERO)))).contains("the verb patch on leases");
    }
  }

  @Test
  void server_whenItFails_isUnavailable() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease();
        var store = store(api)) {
      for (var status : new int[] {401, 429, 500, 503}) {
        api.refusing(status);
        assertThat(read(store)).isInstanceOf(Answer.Unavailable.class);
        assertThat(replace(store, "100", view(1, ZERO))).isInstanceOf(Answer.Unavailable.class);
      }
    }
  }

  @Test
  void server_whenItDoesNotAnswerInTime_isUnavailable() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease().delaying(Duration.ofSeconds(20));
        var store =
            new LeaseViewStore(
                api.client("http", Optional.empty(), Optional.empty(), Duration.ofMillis(300)),
                "ns",
                "view")) {
      var began = System.nanoTime();

      assertThat(why(read(store))).contains("in time");

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      assertThat(api.requests()).as("nothing is tried again here").hasSize(1);
    }
  }

  @Test
  void server_whenItIsAway_isUnavailable() throws Exception {
    var api = new FakeApi(null).withEmptyLease();
    api.close();
    try (var store = store(api)) {
      assertThat(why(read(store))).isNotEmpty();
    }
  }

  @Test
  void answer_whenItIsNoneOfAnApiServer_isUnavailable() throws Exception {
    for (var said :
        new String[] {
          "nonsense\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\n\r\n<html>",
          "HTTP/1.1 200 OK\r\nno header\r\n\r\n{}",
          ""
        }) {
      try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        var serving =
            CompletableFuture.runAsync(() -> {
              try (var socket = server.accept()) {
                socket.getInputStream().read(new byte[10_000]);
                socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
        var api =
            new ApiServer(
                URI.create("http://127.0.0.1:" + server.getLocalPort()),
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5));
        try (var store = new LeaseViewStore(api, "ns", "view")) {
          assertThat(why(read(store))).as(said).isNotEmpty();
        }
        serving.join();
      }
    }
  }

  @Test
  void view_whenItCannotBeRead_isNotTakenForNone() throws Exception {
    try (var api = new FakeApi(null).withEmptyLease();
        var store = store(api)) {
      var good = ViewJson.write(view(1, ZERO)).toString();
      for (var bad :
          new String[] {
            "",
            "{",
            "{}",
            good + "}",
            good.replace("\"epoch\":1", "\"epoch\":\"1\""),
            good.replace("\"epoch\":1", "\"epoch\":1.5"),
            good.replace("\"c-1\"", "null"),
            good.replace("inSync", "insync"),
            good.replaceFirst("m-0", "m-5")
          }) {
        api.annotate(bad);
        assertThat(why(read(store))).as(bad).contains("mosquitto-ha.io/view");
      }
      api.annotate(good);
      assertThat(found(store).view()).contains(view(1, ZERO));
    }
  }

  @Test
  void token_whenItIsReplaced_isUsedByTheNextRequest() throws Exception {
    var token = Files.writeString(folder.resolve("token"), "first\n");
    try (var api = new FakeApi(null).withEmptyLease();
        var store =
            new LeaseViewStore(
                api.client("http", Optional.of(token), Optional.empty()), "ns", "view")) {
      read(store);
      Files.writeString(token, "second\n");
      read(store);
      Files.delete(token);
      assertThat(why(read(store))).contains("automountServiceAccountToken");

      assertThat(api.authorizations()).containsExactly("Bearer first", "Bearer second");
    }
  }

  @Test
  void server_whenItsCertificateFits_isAsked() throws Exception {
    var authority = new Certificates(folder);
    var files = authority.issue(folder.resolve("server"), "ip:127.0.0.1");
    try (var api = new FakeApi(tls(authority, "leaf0")).withEmptyLease();
        var store =
            new LeaseViewStore(
                api.client("https", Optional.empty(), Optional.of(files.resolve("ca.crt"))),
                "ns",
                "view")) {
      assertThat(found(store).version()).isEqualTo("100");
      assertThat(replace(store, "100", view(1, ZERO))).isEqualTo(new Answer.Stored("101"));
    }
  }

  @Test
  void server_whenItsCertificateDoesNotFit_isNotAsked() throws Exception {
    var authority = new Certificates(folder);
    authority.issue(folder.resolve("server"), "ip:127.0.0.1");
    var elsewhere = authority.issue(folder.resolve("elsewhere"), "dns:elsewhere");
    Files.createDirectories(folder.resolve("other"));
    var other =
        new Certificates(folder.resolve("other")).issue(folder.resolve("o"), "ip:127.0.0.1");
    record Case(String alias, Path ca) {}
    for (var wrong :
        List.of(
            new Case("leaf1", elsewhere.resolve("ca.crt")),
            new Case("leaf0", other.resolve("ca.crt")))) {
      try (var api = new FakeApi(tls(authority, wrong.alias())).withEmptyLease();
          var store =
              new LeaseViewStore(
                  api.client("https", Optional.empty(), Optional.of(wrong.ca())), "ns", "view")) {
        assertThat(why(read(store))).isNotEmpty();
        assertThat(api.requests()).isEmpty();
      }
    }
  }

  @Test
  void pod_isWhereTheServerIsNamed() {
    var environment =
        Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "6443");
    assertThat(ApiServer.ofPod(environment, folder).base()).hasToString("https://[fd00::1]:6443");
    assertThatThrownBy(() -> ApiServer.ofPod(Map.of(), folder))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("view=file");
  }

  private static SSLContext tls(Certificates authority, String alias) throws Exception {
    var one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    authority.copy(alias, one);
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(one, new char[0]);
    var context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }
}
